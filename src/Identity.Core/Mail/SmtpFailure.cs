using System.Globalization;
using System.Net.Sockets;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;

namespace Identity.Core.Mail;

/// <summary>Describes why the mail server did not accept a mail, for the log, the outbox and operators. The text
/// contains no address and no text of the server.</summary>
internal static class SmtpFailure
{
    /// <summary>The refused step and the reply code (RFC 5321 section 4.2).</summary>
    public static string WordsOf(SmtpCommandException refusal) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"the mail server refused the {RefusedBy(refusal.ErrorCode)} ({(int)refusal.StatusCode})"
        );

    /// <summary>Why the server could not be reached; null if the failure has another cause.</summary>
    public static string? WordsOf(Exception failure) =>
        failure switch
        {
            OperationCanceledException or TimeoutException => "the mail server did not answer in time",
            AuthenticationException => "the mail server refused the user name or the password",
            SslHandshakeException => "TLS with the mail server failed; is its certificate valid for this name, and "
                + "Security right for this port?",
            NotSupportedException => "the mail server does not offer what Security or the sign-in needs",
            SocketException
            {
                SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData
            } => "the name of the mail server is not known",
            SocketException => "the mail server cannot be reached",
            ServiceNotConnectedException or IOException => "the mail server broke off the connection",
            ProtocolException => "the mail server does not speak SMTP as expected",
            _ => null,
        };

    private static string RefusedBy(SmtpErrorCode code) =>
        code switch
        {
            SmtpErrorCode.RecipientNotAccepted => "recipient",
            SmtpErrorCode.SenderNotAccepted => "sender",
            SmtpErrorCode.MessageNotAccepted => "message",
            _ => "command",
        };
}
