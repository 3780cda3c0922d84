using System.Globalization;
using System.Net.Sockets;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;

namespace Identity.Core.Mail;

/// <summary>Says in words why the mail server did not take a mail: for the log, the outbox and operators. They name no
/// address and repeat nothing that the server said.</summary>
internal static class SmtpFailure
{
    /// <summary>What the server refused, with its reply code (RFC 5321 section 4.2).</summary>
    public static string WordsOf(SmtpCommandException refusal) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"the mail server refused the {RefusedBy(refusal.ErrorCode)} ({(int)refusal.StatusCode})"
        );

    /// <summary>Why the server could not be asked; null when the failure is none of the server or the way to
    /// it.</summary>
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
