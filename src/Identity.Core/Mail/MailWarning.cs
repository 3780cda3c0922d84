using System.Globalization;
using Identity.Core.Primitives;
using Microsoft.Extensions.Options;

namespace Identity.Core.Mail;

/// <summary>Warns of undelivered mail: people wait for links that do not arrive.</summary>
public sealed class MailWarning(MailLedger ledger, IOptions<MailOptions> options) : IServiceWarning
{
    /// <summary>Longer than a busy server needs.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <inheritdoc />
    public async Task<string?> ReadAsync(CancellationToken cancellationToken) =>
        await ledger.WaitingAsync(Patience, cancellationToken) is { } waiting ? TextOf(waiting, options.Value) : null;

    /// <summary>Since when mail has been waiting, and why.</summary>
    public static string TextOf(WaitingMail waiting, MailOptions options) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"mail has been waiting since {waiting.Since.UtcDateTime:yyyy-MM-dd HH:mm:ss'Z'}: "
        ) + ReasonOf(waiting, options);

    private static string ReasonOf(WaitingMail waiting, MailOptions options) =>
        string.IsNullOrEmpty(options.Host)
            ? $"{MailOptions.Section}:Host is not set"
            : waiting.LastError ?? "it has not been tried yet";
}
