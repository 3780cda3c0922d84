using System.Text.Json;
using Identity.Core.Clients;
using Identity.Core.Grants;
using Identity.Core.Sessions;
using Identity.Server.Protocol.Extensions.ClaimsParameter;
using Identity.Server.Protocol.Requests.Authorization;
using Identity.Server.Protocol.Tokens.Jose;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Identity.Server.Protocol.Endpoints.Authorize.Decision;

/// <summary>Turns a granted authorization request into a code, with what the token endpoint needs.</summary>
internal sealed class IssueCode(AuthorizationCodeStore codes)
{
    public Task<CodeIssue> IssueAsync(
        AuthorizationParameters request,
        Client client,
        ActiveSession session,
        CancellationToken cancellationToken
    )
    {
        var claims = ClaimsRequest.Of(request);
        var scopes = request.Scopes.ToArray();
        GrantDetails details = new()
        {
            AuthTime = session.LastProof.ToUnixTimeSeconds(),
            Amr = session.Amr,
            Acr = session.Acr,
            Claims = RequestedClaims.ToKeep(claims, client),
            Resources = request.Resources is { Count: > 0 } resources ? resources : null,
            AuthorizationDetails = request.AuthorizationDetails is { } asked ? JsonElement.Parse(asked) : null,
            Confirmation = request.DpopKeyThumbprint is { } thumbprint
                ? JsonElement.Parse(new ProvenKey(ProvenKey.DpopMember, thumbprint).ToJson())
                : null,
        };
        return codes.IssueAsync(
            new CodeRequest(
                session.UserId,
                session.Id,
                client.Id,
                scopes,
                request.RedirectUri!,
                request.CodeChallenge,
                request.Nonce,
                details,
                client.AuthorizationCodeLifetime,
                IsConsentRequired(request, client),
                [.. scopes.Union(RequestedClaims.ScopesOf(claims, client))]
            ),
            cancellationToken
        );
    }

    // Authorization details (RFC 9396) always need the person's consent: only details that they read and allowed pass.
    private static bool IsConsentRequired(AuthorizationParameters request, Client client) =>
        client.RequireConsent
        || request.Prompts.Contains(PromptValues.Consent)
        || request.AuthorizationDetails is not null;
}
