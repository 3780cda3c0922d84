using System.Security.Claims;
using Identity.Core.Clients;
using Identity.Core.Profile;
using Identity.Server.Protocol.Tokens.AccessTokens;
using Identity.Server.Protocol.Tokens.IdTokens;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Extensions.Subjects;

// Subjects (of Protocol) owns how pairwise subjects (OIDC Core 8) meet the engine: which person an access token speaks
// of, and what discovery says of it. What the subject of a person is, is Core.Profile's.

/// <summary>
/// An access token that comes back names the person as its client knows them. The account behind that is noted on the
/// principal, inside this process only, for whatever asks the database.
/// </summary>
internal sealed class ResolvePairwiseSubject(ClientRegistry registry, SubjectIdentifiers subjects)
    : IOpenIddictServerHandler<ValidateTokenContext>
{
    public ValueTask HandleAsync(ValidateTokenContext context)
    {
        if (
            context.Principal is not { Identity: ClaimsIdentity identity } principal
            || !principal.HasTokenType(TokenTypeIdentifiers.AccessToken)
        )
            return ValueTask.CompletedTask;
        // Nothing that a token itself says may stand in its place.
        principal.RemoveClaims(AccessTokenReader.AccountClaim);
        if (
            registry.Find(principal.GetClaim(Claims.ClientId)) is { } client
            && SubjectIdentifiers.IsPairwise(client)
            && principal.GetClaim(SessionClaims.SessionId) is not null
            && subjects.Find(client, principal.GetClaim(Claims.Subject)) is { } account
        )
            identity.AddClaim(AccessTokenReader.AccountClaim, account.ToString("D"));
        return ValueTask.CompletedTask;
    }
}
