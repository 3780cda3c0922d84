using System.Security.Claims;
using Identity.Core.Clients;
using Identity.Core.Profile;
using Identity.Server.Protocol.Tokens.AccessTokens;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Extensions.Subjects;

// Subjects (of Protocol) owns the handling of pairwise subjects (OIDC Core 8) in the engine: which person an access
// token refers to, and the discovery metadata. Core.Profile owns the subject of a person.

/// <summary> A presented access token contains the subject as its client knows it. The account id is added to the
/// principal, within this process only, for database queries.
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
        // No claim of the token may replace it.
        principal.RemoveClaims(AccessTokenReader.AccountClaim);
        if (
            registry.Find(principal.GetClaim(Claims.ClientId)) is { } client
            && SubjectIdentifiers.IsPairwise(client)
            && principal.GetClaim(AccessTokenWriter.GrantIdClaim) is not null
            && subjects.Find(client, principal.GetClaim(Claims.Subject)) is { } account
        )
            identity.AddClaim(AccessTokenReader.AccountClaim, account.ToString("D"));
        return ValueTask.CompletedTask;
    }
}
