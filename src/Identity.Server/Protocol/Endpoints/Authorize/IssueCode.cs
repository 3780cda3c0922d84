using System.Text.Json;
using Identity.Core.Clients;
using Identity.Core.Grants;
using Identity.Core.Sessions;
using Identity.Server.Protocol.Extensions.ClaimsParameter;
using Identity.Server.Protocol.Extensions.Dpop;
using Identity.Server.Protocol.Extensions.ResourceIndicators;
using Identity.Server.Protocol.Extensions.RichAuthorization;
using Identity.Server.Protocol.Tokens.Jose;
using OpenIddict.Abstractions;

namespace Identity.Server.Protocol.Endpoints.Authorize;

/// <summary>Turns a granted authorization request into a code: what is remembered of it for the token
/// endpoint.</summary>
internal sealed class IssueCode(AuthorizationCodeStore codes)
{
    public Task<CodeIssue> IssueAsync(
        OpenIddictRequest request,
        Client client,
        ActiveSession session,
        CancellationToken cancellationToken
    )
    {
        var claims = ValidateClaimsParameter.Read(request);
        string[] scopes = [.. request.GetScopes().Distinct(StringComparer.Ordinal)];
        GrantDetails details = new()
        {
            AuthTime = session.LastProof().ToUnixTimeSeconds(),
            Amr = session.Amr,
            Acr = session.Acr,
            Claims = RequestedClaims.ToKeep(claims, client),
            Resources = RequireAllowedResources.Of(request) is { Count: > 0 } resources ? resources : null,
            AuthorizationDetails = ValidateAuthorizationDetails.Of(request) is { } asked
                ? JsonElement.Parse(asked)
                : null,
            Confirmation = (string?)request[DpopRules.KeyParameter] is { } thumbprint
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

    // What is asked for in detail (RFC 9396) is always put to the person: what they once read and allowed is
    // remembered, and nothing else passes.
    private static bool IsConsentRequired(OpenIddictRequest request, Client client) =>
        client.RequireConsent
        || request.HasPromptValue(OpenIddictConstants.PromptValues.Consent)
        || ValidateAuthorizationDetails.Of(request) is not null;
}
