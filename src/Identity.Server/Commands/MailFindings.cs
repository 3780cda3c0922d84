using Identity.Core.Mail;
using Npgsql;

namespace Identity.Server.Commands;

/// <summary>The doctor's checks of mail: the server and waiting mails.</summary>
internal static class MailFindings
{
    private const string Check = "mail";

    /// <summary>Null if they cannot be read, which another finding reports.</summary>
    public static MailOptions? SettingsOf(WebApplicationBuilder builder)
    {
        try
        {
            return builder.Configuration.GetSection(MailOptions.Section).Get<MailOptions>() ?? new();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Connects to the server and signs in as for a mail, but sends none.</summary>
    public static async Task OfServerAsync(
        MailOptions? settings,
        bool development,
        Action<string, string> fault,
        Action<string, string> warn,
        Action<string, string> ok,
        CancellationToken cancel
    )
    {
        if (settings is null)
            return;
        switch (await MailServer.TryAsync(settings, cancel))
        {
            case MailServerResult.Works:
                ok(Check, "the server answers as configured");
                break;
            case MailServerResult.Fails failed:
                fault(Check, $"{failed.Reason}. Look at {MailOptions.Section}; to try again: identity mail test");
                break;
            case MailServerResult.NotSet when development:
                ok(Check, "no server is set; in Development mails are shown at /dev/mailbox");
                break;
            default:
                warn(
                    Check,
                    "no server is set, so links to confirm an address or to reset a password are not sent. "
                        + $"Set {MailOptions.Section}:Host."
                );
                break;
        }
    }

    /// <summary>Reports since when mail has been waiting, and why.</summary>
    public static async Task OfOutboxAsync(
        NpgsqlDataSource source,
        MailOptions? settings,
        Action<string, string> warn,
        CancellationToken cancel
    )
    {
        if (
            settings is not null
            && await new MailLedger(new(source)).WaitingAsync(MailWarning.Patience, cancel) is { } waiting
        )
            warn(Check, MailWarning.TextOf(waiting, settings) + ". Run: identity mail list --state queued");
    }
}
