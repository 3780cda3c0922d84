using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Identity.Server.Pages.External.Providers;

/// <summary>The rules of Microsoft Entra's ID tokens. The endpoints for several tenants (<c>common</c>,
/// <c>organizations</c>) have a template as issuer, so each token is checked against the issuer of its own tenant, and
/// its key against the issuer that the key is for.</summary>
internal static class EntraTokens
{
    public const string Common = "common";

    public const string TenantClaim = "tid";

    private const string Organizations = "organizations";
    private const string Consumers = "consumers";
    private const string Template = "{tenantid}";

    /// <summary>The one tenant of personal accounts.</summary>
    private const string ConsumersId = "9188040d-6c67-4c5b-b112-36a304b66dad";

    /// <summary>Whether this may be a tenant: a name of several, an id or a domain.</summary>
    public static bool IsTenant(string? tenant) =>
        tenant is Common or Organizations or Consumers
        || Guid.TryParseExact(tenant, "D", out _)
        || (
            tenant is { Length: <= 253 }
            && tenant.Contains('.', StringComparison.Ordinal)
            && Uri.CheckHostName(tenant) == UriHostNameType.Dns
        );

    /// <summary>The identifier of a person in all tenants, in the form of Microsoft's libraries
    /// (<c>home_account_id</c>). <c>sub</c> differs from app to app, and an address can pass to somebody else. Null if
    /// either part is no GUID.</summary>
    public static string? SubjectOf(string? objectId, string? tenantId) =>
        Guid.TryParseExact(objectId, "D", out var person) && Guid.TryParseExact(tenantId, "D", out var tenant)
            ? $"{person:D}.{tenant:D}"
            : null;

    /// <summary>Adds the checks to those of the handler.</summary>
    /// <param name="tenant">The configured tenant.</param>
    public static void Require(TokenValidationParameters parameters, string tenant)
    {
        parameters.ValidateIssuerSigningKey = true;
        parameters.IssuerValidatorUsingConfiguration = (issuer, token, _, configuration) =>
            issuer == IssuerOf(token, configuration) && MayUse(tenant, TenantOf(token))
                ? issuer
                : throw new SecurityTokenInvalidIssuerException("The issuer is not that of the token's tenant.")
                {
                    InvalidIssuer = issuer,
                };
        parameters.IssuerSigningKeyValidatorUsingConfiguration = (key, token, _, configuration) =>
            KeyIssuerOf(key, configuration) is not { } issuer
            || Resolve(issuer, TenantOf(token)) == (token as JsonWebToken)?.Issuer;
    }

    // Personal accounts share the keys of "common", and are not asked for by "organizations".
    private static bool MayUse(string tenant, string? actual) => tenant != Organizations || actual != ConsumersId;

    private static string? IssuerOf(SecurityToken token, BaseConfiguration configuration) =>
        TenantOf(token) is { } tenant ? Resolve(configuration.Issuer, tenant) : null;

    private static string? Resolve(string? issuer, string? tenant) =>
        issuer?.Replace(Template, tenant ?? "", StringComparison.OrdinalIgnoreCase);

    private static string? TenantOf(SecurityToken token) =>
        token is JsonWebToken jwt
        && jwt.TryGetPayloadValue<string>(TenantClaim, out var tenant)
        && Guid.TryParseExact(tenant, "D", out _)
            ? tenant
            : null;

    // Of the key that verified the token: the token names another one or none if its sender likes.
    private static string? KeyIssuerOf(SecurityKey verified, BaseConfiguration configuration) =>
        (configuration as OpenIdConnectConfiguration)
            ?.JsonWebKeySet?.Keys.FirstOrDefault(key => key.Kid == verified.KeyId)
            ?.AdditionalData.TryGetValue("issuer", out var issuer) == true
            ? issuer?.ToString()
            : null;
}
