using Microsoft.Extensions.Options;

namespace Identity.Core.Grants;

/// <summary>Settings of grants.</summary>
public sealed class GrantOptions
{
    public const string Section = "Identity:Grants";

    /// <summary>
    /// How long after a rotation the token that was rotated may be presented once more, for an answer that was lost on
    /// its way: the same successor comes again
    /// (OA-10). 10 seconds; zero switches it off, 60 seconds is the most.
    /// </summary>
    public TimeSpan RefreshGrace { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Whether every rotation leaves an audit row (<c>token_refreshed</c>), written by the same statement. Where apps
    /// refresh all day these are most of the log:
    /// switched off, <c>refresh_tokens</c> is their only record.
    /// </summary>
    public bool AuditRefreshes { get; set; } = true;

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
    private static readonly TimeSpan MaxGrace = TimeSpan.FromSeconds(60);

    public ValidateOptionsResult Validate(string? name, GrantOptions options) =>
        options.RefreshGrace < TimeSpan.Zero || options.RefreshGrace > MaxGrace
            ? ValidateOptionsResult.Fail($"{GrantOptions.Section}:RefreshGrace: must be zero to 60 seconds.")
            : ValidateOptionsResult.Success;
}
