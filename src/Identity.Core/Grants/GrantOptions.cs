using Microsoft.Extensions.Options;

namespace Identity.Core.Grants;

/// <summary>Settings of grants.</summary>
public sealed class GrantOptions
{
    public const string Section = "Identity:Grants";

    /// <summary> How long a rotated token returns its successor again after a lost answer, while the successor is
    /// unused (OA-10). Default two minutes, which covers a failover of the database. Zero switches it off; the maximum
    /// is 300 seconds. A client may override it.
    /// </summary>
    public TimeSpan RefreshGrace { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary> Whether every rotation writes an audit row (<c>token_refreshed</c>) in the same statement. If apps
    /// refresh all day, these rows are most of the log. If it is off, <c>refresh_tokens</c> is the only record.
    /// </summary>
    public bool AuditRefreshes { get; set; } = true;

    /// <summary>Whether refreshes of the same moment share one statement and one commit. If it is off, each has its
    /// own; use this only for comparison or troubleshooting.</summary>
    public bool BatchRefreshes { get; set; } = true;

    /// <summary>Whether the device grant (RFC 8628) is available, for clients that registered it.</summary>
    public bool DeviceAuthorization { get; set; } = true;

    /// <summary>Whether token exchange (RFC 8693) is available, for clients that registered it and have a
    /// policy.</summary>
    public bool TokenExchange { get; set; } = true;

    /// <summary>Whether CIBA is available, for clients that registered it. Off by default.</summary>
    public bool BackchannelAuthentication { get; set; }
}

internal sealed class GrantOptionsValidator : IValidateOptions<GrantOptions>
{
    private static readonly TimeSpan MaxGrace = TimeSpan.FromSeconds(300);

    public ValidateOptionsResult Validate(string? name, GrantOptions options) =>
        options.RefreshGrace < TimeSpan.Zero || options.RefreshGrace > MaxGrace
            ? ValidateOptionsResult.Fail($"{GrantOptions.Section}:RefreshGrace: must be zero to 300 seconds.")
            : ValidateOptionsResult.Success;
}
