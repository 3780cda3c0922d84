using Identity.Core.Primitives;
using Microsoft.Extensions.Options;

namespace Identity.Core.Mail;

/// <summary>What came of trying the mail server.</summary>
public abstract record MailServerResult
{
    private MailServerResult() { }

    /// <summary>It can be reached as configured, and took what was sent.</summary>
    public sealed record Works : MailServerResult;

    /// <summary>No server is set, so that mails wait (in Development: are shown in the mailbox).</summary>
    public sealed record NotSet : MailServerResult;

    /// <summary>It does not work; why, in words for the operator.</summary>
    public sealed record Fails(string Reason) : MailServerResult;
}

/// <summary>Tries the configured mail server now, past the outbox: whoever asks sees the answer.</summary>
public sealed class MailServer(IOptions<MailOptions> options, MailTexts texts, TimeProvider time)
{
    /// <summary>Connects, secures the connection and signs in, as for a mail, and sends none.</summary>
    public Task<MailServerResult> TryAsync(CancellationToken cancellationToken) =>
        TryAsync(options.Value, cancellationToken);

    /// <inheritdoc cref="TryAsync(CancellationToken)" />
    /// <remarks>For whoever has the settings and no rooms, as a check before the start.</remarks>
    public static async Task<MailServerResult> TryAsync(MailOptions options, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(options.Host))
            return new MailServerResult.NotSet();
        using SmtpConnection connection = new(options);
        return await EndAsync(connection, await connection.TryAsync(cancellationToken));
    }

    /// <summary>Sends a mail that says that it is a test.</summary>
    /// <param name="locale">A language tag; what is not one of ours falls back to English.</param>
    public async Task<MailServerResult> SendTestAsync(
        EmailAddress to,
        string? locale,
        CancellationToken cancellationToken
    )
    {
        if (string.IsNullOrEmpty(options.Value.Host))
            return new MailServerResult.NotSet();
        var content = texts.Write(new(MailKind.Test, to, null, locale));
        ClaimedMail mail = new(Guid.CreateVersion7(), Guid.Empty, MailKind.Test.Name(), 1, time.GetUtcNow(), content);
        using SmtpConnection connection = new(options.Value);
        return await EndAsync(connection, await connection.SendAsync(mail, content, cancellationToken));
    }

    private static async Task<MailServerResult> EndAsync(SmtpConnection connection, SmtpOutcome outcome)
    {
        await connection.QuitAsync();
        return outcome switch
        {
            SmtpOutcome.NotNow(var reason) => new MailServerResult.Fails(reason),
            SmtpOutcome.Never(var reason) => new MailServerResult.Fails(reason),
            _ => new MailServerResult.Works(),
        };
    }
}
