using Identity.Core.Primitives;
using Microsoft.Extensions.Options;

namespace Identity.Core.Mail;

/// <summary>The result of testing the mail server.</summary>
public abstract record MailServerResult
{
    private MailServerResult() { }

    /// <summary>It can be reached as configured and accepted what was sent.</summary>
    public sealed record Works : MailServerResult;

    /// <summary>No server is configured, so mails wait (in Development the mailbox shows them).</summary>
    public sealed record NotSet : MailServerResult;

    /// <summary>It does not work, with the reason for the operator.</summary>
    public sealed record Fails(string Reason) : MailServerResult;
}

/// <summary>Tests the configured mail server directly, bypassing the outbox, so that the operator sees its
/// answer.</summary>
public sealed class MailServer(IOptions<MailOptions> options, MailTexts texts, TimeProvider time)
{
    /// <summary>Connects, secures the connection and signs in as for a mail, but sends none.</summary>
    public Task<MailServerResult> TryAsync(CancellationToken cancellationToken) =>
        TryAsync(options.Value, cancellationToken);

    /// <inheritdoc cref="TryAsync(CancellationToken)" />
    /// <remarks>For callers that have only the settings, such as a check before the start.</remarks>
    public static async Task<MailServerResult> TryAsync(MailOptions options, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(options.Host))
            return new MailServerResult.NotSet();
        using SmtpConnection connection = new(options);
        return await EndAsync(connection, await connection.TryAsync(cancellationToken));
    }

    /// <summary>Sends a test mail.</summary>
    /// <param name="locale">A language tag; an unsupported one falls back to English.</param>
    public async Task<MailServerResult> SendTestAsync(
        EmailAddress to,
        string? locale,
        CancellationToken cancellationToken
    )
    {
        if (string.IsNullOrEmpty(options.Value.Host))
            return new MailServerResult.NotSet();
        var content = texts.Write(new(MailKind.Test, to, null, locale));
        ClaimedMail mail = new(Guid.CreateVersion7(), MailKind.Test.Name(), 1, time.GetUtcNow(), content);
        using SmtpConnection connection = new(options.Value);
        return await EndAsync(connection, await connection.SendAsync(mail, content, cancellationToken));
    }

    private static async Task<MailServerResult> EndAsync(SmtpConnection connection, SmtpOutcome outcome)
    {
        await connection.QuitAsync();
        return outcome switch
        {
            SmtpOutcome.NotNow(var reason, _) => new MailServerResult.Fails(reason),
            SmtpOutcome.Never(var reason, _) => new MailServerResult.Fails(reason),
            _ => new MailServerResult.Works(),
        };
    }
}
