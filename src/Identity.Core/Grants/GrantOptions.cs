using Microsoft.Extensions.Options;

namespace Identity.Core.Grants;

/// <summary>Settings of grants.</summary>
public sealed class GrantOptions
{
    public const string Section = "Identity:Grants";

    /// <summary>
    /// How long after a rotation the token that was rotated gives its successor once more, for an answer that was lost
    /// on its way, as long as nobody has used that successor (OA-10). Two minutes: a failover of the database fits in.
    /// Zero switches it off, 300 seconds is the most. A client may have its own.
    /// </summary>
    public TimeSpan RefreshGrace { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// Whether every rotation leaves an audit row (<c>token_refreshed</c>), written by the same statement. Where apps
    /// refresh all day these are most of the log:
    /// switched off, <c>refresh_tokens</c> is their only record.
    /// </summary>
    public bool AuditRefreshes { get; set; } = true;

    /// <summary>Whether refreshes of the same moment share one statement and one commit. Off, each has its own: only to
    /// compare, or to rule it out while looking for a fault.</summary>
    public bool BatchRefreshes { get; set; } = true;

    /// <summary>Whether devices without a keyboard may ask (RFC 8628), for clients that registered the grant.</summary>
    public bool DeviceAuthorization { get; set; } = true;

    /// <summary>Whether tokens may be exchanged (RFC 8693), for clients that registered the grant and have a
    /// policy.</summary>
    public bool TokenExchange { get; set; } = true;

    /// <summary>Whether clients may ask a person who is not at their screen (CIBA), for those that registered the
    /// grant. Off unless switched on.</summary>
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
