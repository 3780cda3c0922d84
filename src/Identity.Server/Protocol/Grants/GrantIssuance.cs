using Identity.Core.Clients;
using Identity.Core.Grants;
using Identity.Core.Profile;
using Identity.Server.Protocol.Denials;
using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Extensions.ResourceIndicators;
using Identity.Server.Protocol.Extensions.RichAuthorization;
using Identity.Server.Protocol.Tokens;
using Identity.Server.Protocol.Tokens.Jose;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Identity.Server.Protocol.Grants;

/// <summary>From a redeemed code or a rotated refresh token to the tokens that are written.</summary>
internal sealed class GrantIssuance(ClientRegistry registry, SubjectIdentifiers subjects, Issuer issuer)
{
    /// <summary>What is handed out for a grant.</summary>
    /// <param name="narrowing">The part of it that was asked for; null for all of it.</param>
    /// <param name="key">The key that the tokens are bound to; null for plain bearer tokens.</param>
    public TokenIssuance Of(Client client, GrantRedemption.Granted granted, Narrowing? narrowing, ProvenKey? key)
    {
        var grant = granted.Grant;
        // A scope that was removed from the client since is no longer issued.
        string[] scopes = [.. grant.Scopes.Where(client.Scopes.Contains)];
        return new()
        {
            Client = client,
            Subject = subjects.Of(client, grant.Subject.Id),
            Scopes = scopes,
            Audiences =
                narrowing?.Audiences ?? GrantAudiences.Of(registry.Catalog, issuer, client, scopes, grant.Details),
            Grant = grant,
            RefreshToken = granted.RefreshToken,
            Key = key,
            AuthorizationDetails =
                narrowing?.Details
                ?? AuthorizationDetailsReader.StillAllowed(client, grant.Details.AuthorizationDetails),
        };
    }

    /// <summary>The refusal of a code or a refresh token. The same text for all: the reason is for the log and not for
    /// someone who tries tokens.</summary>
    /// <param name="asked">The scope that was asked for.</param>
    public static Denial RefusalOf(string rule, GrantRefusal reason, string? asked) =>
        reason == GrantRefusal.ScopeExceeded
            ? new(
                rule,
                Errors.InvalidScope,
                "More scope than was granted was asked for.",
                "a part of the granted scopes",
                asked
            )
            : new(
                rule,
                Errors.InvalidGrant,
                "The code or refresh token is unknown, expired, revoked, used, or another client's.",
                "a live grant",
                reason.ToString()
            );
}
