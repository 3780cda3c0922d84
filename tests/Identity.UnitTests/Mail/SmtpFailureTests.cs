using System.Net.Sockets;
using Identity.Core.Mail;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace Identity.UnitTests.Mail;

public sealed class SmtpFailureTests
{
    public static TheoryData<Exception, string> Failures { get; } =
        new()
        {
            { new SocketException((int)SocketError.HostNotFound), "the name of the mail server is not known" },
            { new SocketException((int)SocketError.ConnectionRefused), "the mail server cannot be reached" },
            { new OperationCanceledException(), "the mail server did not answer in time" },
            { new AuthenticationException(), "the mail server refused the user name or the password" },
            { new NotSupportedException(), "does not offer" },
            { new SslHandshakeException("secret.example"), "TLS with the mail server failed" },
            { new IOException("secret.example"), "the mail server broke off the connection" },
            { new SmtpProtocolException("secret.example"), "does not speak SMTP" },
        };

    [Theory]
    [MemberData(nameof(Failures))]
    public void A_failure_is_told_in_words_without_names_of_the_program_or_of_hosts(Exception failure, string says)
    {
        var words = SmtpFailure.WordsOf(failure);

        Assert.Contains(says, words, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", words, StringComparison.Ordinal);
        Assert.DoesNotContain("secret.example", words, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_failure_of_the_server_is_none_of_its_business() =>
        Assert.Null(SmtpFailure.WordsOf(new InvalidOperationException()));

    [Fact]
    public void A_refusal_says_what_was_refused_and_the_reply_code_and_nothing_that_the_server_said()
    {
        SmtpCommandException refusal = new(
            SmtpErrorCode.RecipientNotAccepted,
            SmtpStatusCode.MailboxUnavailable,
            new MailboxAddress(null, "ada@example.org"),
            "no ada here"
        );

        Assert.Equal("the mail server refused the recipient (550)", SmtpFailure.WordsOf(refusal));
    }
}
