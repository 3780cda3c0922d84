using System.Security.Claims;
using Duende.IdentityServer;
using Duende.IdentityServer.Models;
using Duende.IdentityServer.ResponseHandling;
using Duende.IdentityServer.Validation;
using Identity.Core.Clients;
using Identity.Core.Grants;
using Identity.Core.Profile;
using Identity.DuendeHost.Requests;
using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Extensions.Dpop;
using Identity.Server.Protocol.Tokens;
using CoreProfiles = Identity.Core.Profile.IProfileService;
using IProfileService = Duende.IdentityServer.Services.IProfileService;

namespace Identity.DuendeHost.Grants;

/// <summary> Whether the person behind an access token is still active: account, session, grant and token in one
/// statement, which reads the profile too. For codes and refresh tokens the statement that claims them asks, in the
/// same snapshot. One SQL command a request. </summary>
internal sealed class Profiles(
    AccessTokens reader,
    AccessTokenStore tokens,
    RequestState state,
    IHttpContextAccessor accessor
) : IProfileService
{
    public async Task IsActiveAsync(IsActiveContext context)
    {
        context.IsActive = context.Caller switch
        {
            IdentityServerConstants.ProfileIsActiveCallers.AccessTokenValidation => await IsLiveAsync(context.Subject),
            IdentityServerConstants.ProfileIsActiveCallers.UserInfoRequestValidation => state.TokenState
                is { IsActive: true, Subject: not null },
            _ => true,
        };
    }

    // A client's own token has nobody behind it, and lacks the scope that userinfo asks for.
    private async Task<bool> IsLiveAsync(ClaimsPrincipal verified)
    {
        if (reader.ReferenceOf(verified) is not { } reference)
            return false;
        if (reference.UserId is null)
            return true;
        state.TokenState = await tokens.ReadAsync(reference, accessor.Current().RequestAborted);
        return state.TokenState.IsActive;
    }

    /// <summary>Tokens and userinfo are written from what the statement read.</summary>
    public Task GetProfileDataAsync(ProfileDataRequestContext context) =>
        throw new NotSupportedException("This host writes the claims of tokens itself.");
}

/// <summary> What Duende does not ask of an access token at userinfo: that it is for this provider, and that its key is
/// proved (RFC 9449 section 7.1). Duende takes a bound token as a bearer token. One SQL command for a proof.
/// </summary>
internal sealed class BoundTokens(Issuer issuer, DpopRules rules, RequestState state, IHttpContextAccessor accessor)
    : ICustomTokenValidator
{
    public async Task<TokenValidationResult> ValidateAccessTokenAsync(TokenValidationResult result)
    {
        if (!result.Claims!.Any(claim => claim.Type == "aud" && claim.Value == issuer.Value))
            return Refuse("insufficient_scope", "The access token does not have the scope openid.");
        var confirmation = result.Claims!.FirstOrDefault(static claim => claim.Type == "cnf")?.Value;
        if (confirmation is null)
            return state.UnderDpop
                ? Refuse("invalid_token", "The access token is not bound to a key: send it as a bearer token.")
                : result;
        state.NeedsProof = true;
        if (RequireBoundProof.KeyOf(confirmation) is not { } key || !state.UnderDpop)
            return Refuse("invalid_token", "The access token is bound to a key: send it with a proof.");
        var outcome = await rules.CheckAsync(
            accessor.Current(),
            EndpointPaths.UserInfo,
            new(Required: true, key),
            state.PresentedToken
        );
        return outcome switch
        {
            DpopOutcome.Bound => result,
            DpopOutcome.NonceNeeded => Refuse(
                DpopRules.UseNonce,
                "The proof must carry the nonce of the DPoP-Nonce header."
            ),
            DpopOutcome.Refused { KeyMismatch: true } refused => Refuse("invalid_token", refused.Reason),
            DpopOutcome.Refused refused => Refuse(DpopRules.InvalidProof, refused.Reason),
            _ => Refuse(DpopRules.InvalidProof, "A DPoP proof is required and missing."),
        };
    }

    public Task<TokenValidationResult> ValidateIdentityTokenAsync(TokenValidationResult result) =>
        Task.FromResult(result);

    private TokenValidationResult Refuse(string error, string reason)
    {
        state.Denial = new(nameof(BoundTokens), error, reason);
        return new() { IsError = true, Error = error };
    }
}

/// <summary>The userinfo answer (OIDC Core 5.3): the current claims of the scopes, from the row that was just read. No
/// SQL.</summary>
internal sealed class UserInfoResponses(
    ClientRegistry registry,
    CoreProfiles profile,
    SubjectIdentifiers subjects,
    RequestState state
) : IUserInfoResponseGenerator
{
    public Task<Dictionary<string, object>> ProcessAsync(UserInfoRequestValidationResult validationResult)
    {
        Claim[] claims = [.. validationResult.TokenValidationResult.Claims!];
        var client = registry.Find(ValuesOf("client_id").First())!;
        var subject = state.TokenState!.Subject!;
        string[] named = [.. NamedClaims.Allowed(ValuesOf(NamedClaims.AccessTokenClaim), client)];
        Dictionary<string, object> answer = new(StringComparer.Ordinal);
        foreach (
            var (name, value) in profile.GetProfileData(
                new(subject, client, [.. ValuesOf("scope")], named, ProfileCaller.UserInfo)
            )
        )
            answer[name] = value;
        answer["sub"] = subjects.Of(client, subject.Id);
        return Task.FromResult(answer);

        IEnumerable<string> ValuesOf(string type) =>
            claims.Where(claim => claim.Type == type).Select(static claim => claim.Value);
    }
}
