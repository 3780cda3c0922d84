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
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Grants;

/// <summary>The answer to a redeemed code or a rotated refresh token; the two grants differ only in the presented
/// token.</summary>
internal sealed class GrantAnswer(ClientRegistry registry, SubjectIdentifiers subjects, Issuer issuer)
{
    public void Apply(HandleTokenRequestContext context, Client client, string rule, GrantRedemption redemption)
    {
        if (redemption is GrantRedemption.Granted granted)
            Issue(context, client, granted);
        else
            Refuse(context, rule, ((GrantRedemption.Refused)redemption).Reason);
    }

    private void Issue(HandleTokenRequestContext context, Client client, GrantRedemption.Granted granted)
    {
        context.Transaction.SetIssuance(
            IssuanceOf(client, granted, context.Transaction.GetNarrowing(), context.Transaction.GetProvenKey())
        );
        context.SignIn(EnginePrincipal.Of(granted.Grant.Subject.Id.ToString("D")));
    }

    /// <summary>What is handed out for a grant.</summary>
    /// <param name="narrowing">The part of it that was asked for; null for all of it.</param>
    /// <param name="key">The key that the tokens are bound to; null for plain bearer tokens.</param>
    public TokenIssuance IssuanceOf(
        Client client,
        GrantRedemption.Granted granted,
        Narrowing? narrowing,
        ProvenKey? key
    )
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

    // The same text for all: the reason is for the log and not for someone who tries tokens.
    private static void Refuse(HandleTokenRequestContext context, string rule, GrantRefusal reason)
    {
        if (reason == GrantRefusal.ScopeExceeded)
            context.Deny(
                new(
                    rule,
                    Errors.InvalidScope,
                    "More scope than was granted was asked for.",
                    "a part of the granted scopes",
                    context.Request.Scope
                )
            );
        else
            context.Deny(
                new(
                    rule,
                    Errors.InvalidGrant,
                    "The code or refresh token is unknown, expired, revoked, used, or another client's.",
                    "a live grant",
                    reason.ToString()
                )
            );
    }
}
