using Identity.Core.Clients;
using Microsoft.Extensions.Options;

namespace Identity.Server.Protocol.Registration;

/// <summary>Section <c>Identity:ClientRegistration</c>: dynamic client registration (RFC 7591), off by
/// default.</summary>
internal sealed class RegistrationOptions
{
    public const string Section = "Identity:ClientRegistration";

    public bool Enabled { get; set; }

    /// <summary>Whether a client may register without an initial access token. Anybody can then create
    /// clients.</summary>
    public bool Open { get; set; }

    /// <summary>The scopes that a registered client may have; openid, profile, email and offline_access by
    /// default.</summary>
    public IList<string> AllowedScopes { get; } = [];

    /// <summary>The grant types that it may have; authorization_code and refresh_token by default.</summary>
    public IList<string> AllowedGrantTypes { get; } = [];

    /// <summary>The private-use schemes that it may have in addition to reversed domain names, such as <c>cursor</c> or
    /// <c>vscode</c> (RFC 8252 section 7.1). None by default.</summary>
    public IList<string> PrivateSchemes { get; } = [];

    internal RegistrationRules Rules =>
        new(
            AllowedScopes.Count > 0 ? [.. AllowedScopes] : RegistrationRules.UsualScopes,
            AllowedGrantTypes.Count > 0 ? [.. AllowedGrantTypes] : RegistrationRules.UsualGrantTypes,
            [.. PrivateSchemes],
            // RFC 7591 section 2.
            ClientAuthMethod.SecretBasic
        );
}

internal sealed class RegistrationOptionsValidator : IValidateOptions<RegistrationOptions>
{
    // Grant types that need a policy by an operator.
    private static readonly string[] NeverBySelf = [ClientGrantType.TokenExchange, ClientGrantType.Ciba];

    public ValidateOptionsResult Validate(string? name, RegistrationOptions options)
    {
        string[] failures =
        [
            .. options
                .AllowedGrantTypes.Where(NeverBySelf.Contains)
                .Select(grant =>
                    $"{RegistrationOptions.Section}:AllowedGrantTypes: "
                    + $"{grant} is never given to a client that registers itself."
                ),
            .. RegistrationRules.Faults(RegistrationOptions.Section, options.AllowedScopes, options.PrivateSchemes),
        ];
        return failures.Length > 0 ? ValidateOptionsResult.Fail(failures) : ValidateOptionsResult.Success;
    }
}
