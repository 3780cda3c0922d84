using System.Net.Sockets;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;
using MimeKit.Text;

namespace Identity.Core.Mail;

/// <summary>The mail server's answer to a mail.</summary>
internal abstract record SmtpOutcome
{
    private SmtpOutcome() { }

    /// <summary>It answered 250 after the last byte and so accepted the mail.</summary>
    public sealed record Taken : SmtpOutcome;

    /// <summary>Not now. The reason contains no address and no text of the server.</summary>
    /// <param name="Status">Its reply code; null if it gave none.</param>
    public sealed record NotNow(string Reason, int? Status) : SmtpOutcome;

    /// <summary>Never: it refused the recipient or the content permanently (5yz, RFC 5321 4.2.1).</summary>
    public sealed record Never(string Reason, int Status) : SmtpOutcome;
}

/// <summary>One connection to the mail server, opened for the first mail and kept for the next while it
/// works.</summary>
internal sealed class SmtpConnection(MailOptions options) : IDisposable
{
    private SmtpClient? _client;

    /// <summary>Whether the last failure concerned the server or the network, so that the next mail would fail
    /// too.</summary>
    public bool IsDown { get; private set; }

    /// <summary>Delivers one mail. The Message-ID is the mail's id, so that a copy can be recognised if the server
    /// accepted a mail but its answer was lost.</summary>
    public async Task<SmtpOutcome> SendAsync(ClaimedMail mail, MailContent content, CancellationToken cancellationToken)
    {
        using var message = Compose(mail, content);
        return await DoAsync(client => SendAsync(client, message, cancellationToken), cancellationToken);
    }

    /// <summary>Connects and signs in but sends nothing.</summary>
    public Task<SmtpOutcome> TryAsync(CancellationToken cancellationToken) =>
        DoAsync(static _ => Task.CompletedTask, cancellationToken);

    private async Task SendAsync(SmtpClient client, MimeMessage message, CancellationToken cancellationToken)
    {
        using var patience = Patience(cancellationToken);
        await client.SendAsync(message, patience.Token);
    }

    private async Task<SmtpOutcome> DoAsync(Func<SmtpClient, Task> work, CancellationToken cancellationToken)
    {
        try
        {
            var client = _client is { IsConnected: true } open ? open : await OpenAsync(cancellationToken);
            await work(client);
            IsDown = false;
            return new SmtpOutcome.Taken();
        }
        catch (SmtpCommandException refusal)
        {
            IsDown = refusal.ErrorCode is not (SmtpErrorCode.RecipientNotAccepted or SmtpErrorCode.MessageNotAccepted);
            if (IsDown || _client is { IsConnected: false })
                Close();
            var (reason, status) = (SmtpFailure.WordsOf(refusal), (int)refusal.StatusCode);
            return !IsDown && status >= 500
                ? new SmtpOutcome.Never(reason, status)
                : new SmtpOutcome.NotNow(reason, status);
        }
        catch (Exception failure)
            when (SmtpFailure.WordsOf(failure) is not null
                && !(failure is OperationCanceledException && cancellationToken.IsCancellationRequested)
            )
        {
            IsDown = true;
            Close();
            return new SmtpOutcome.NotNow(SmtpFailure.WordsOf(failure)!, null);
        }
    }

    /// <summary>Ends the connection with QUIT, if there is one.</summary>
    public async Task QuitAsync()
    {
        if (_client is not { IsConnected: true } client)
            return;
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        try
        {
            await client.DisconnectAsync(quit: true, patience.Token);
        }
        catch (Exception failure)
            when (failure
                    is ProtocolException
                        or IOException
                        or SocketException
                        or OperationCanceledException
                        or ServiceNotConnectedException
            )
        {
            IsDown = true;
        }
        Close();
    }

    /// <inheritdoc />
    public void Dispose() => Close();

    internal MimeMessage Compose(ClaimedMail mail, MailContent content)
    {
        var message = new MimeMessage
        {
            MessageId = $"{mail.Id:N}@{options.From[(options.From.LastIndexOf('@') + 1)..]}",
            Date = mail.CreatedAt,
            Subject = content.Subject,
        };
        message.From.Add(new MailboxAddress(content.Sender ?? options.FromName, options.From));
        message.To.Add(new MailboxAddress(null, content.To));
        // RFC 3834: suppresses automatic replies.
        message.Headers.Add("Auto-Submitted", "auto-generated");
        message.Headers.Add("Content-Language", content.Language);
        message.Body = new MultipartAlternative
        {
            new TextPart(TextFormat.Plain) { Text = content.Text },
            new TextPart(TextFormat.Html) { Text = content.Html },
        };
        return message;
    }

    private async Task<SmtpClient> OpenAsync(CancellationToken cancellationToken)
    {
        Close();
        _client = new SmtpClient { Timeout = (int)options.Timeout.TotalMilliseconds };
        using (var patience = Patience(cancellationToken))
            await _client.ConnectAsync(options.Host!, options.Port, Secure(options.Security), patience.Token);
        if (!string.IsNullOrEmpty(options.UserName))
        {
            using var patience = Patience(cancellationToken);
            await _client.AuthenticateAsync(options.UserName, options.Password!, patience.Token);
        }
        return _client;
    }

    private CancellationTokenSource Patience(CancellationToken cancellationToken)
    {
        var source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        source.CancelAfter(options.Timeout);
        return source;
    }

    private void Close()
    {
        _client?.Dispose();
        _client = null;
    }

    private static SecureSocketOptions Secure(MailSecurity security) =>
        security switch
        {
            MailSecurity.Tls => SecureSocketOptions.SslOnConnect,
            MailSecurity.StartTls => SecureSocketOptions.StartTls,
            _ => SecureSocketOptions.None,
        };
}
