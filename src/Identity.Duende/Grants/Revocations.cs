using Duende.IdentityServer.Endpoints.Results;
using Duende.IdentityServer.Hosting;
using Duende.IdentityServer.ResponseHandling;
using Duende.IdentityServer.Validation;
using Identity.Core.Grants;
using Identity.Core.Primitives;
using Identity.DuendeHost.Requests;
using Identity.Server.Browser;

namespace Identity.DuendeHost.Grants;

/// <summary> The revocation endpoint (RFC 7009): a refresh token is revoked with its whole family, an access token
/// alone. A token of another client is refused, an unknown one is answered as if it had been revoked. One SQL command.
/// </summary>
internal sealed class Revocations(
    RefreshTokenStore refreshTokens,
    AccessTokenStore accessTokens,
    AccessTokens reader,
    RequestState state,
    TimeProvider time,
    IHttpContextAccessor accessor
) : ITokenRevocationResponseGenerator
{
    public async Task<TokenRevocationResponse> ProcessAsync(TokenRevocationRequestValidationResult validationResult)
    {
        var isOfClient = OpaqueToken.TryParse(validationResult.Token, out var token)
            ? await RevokeRefreshTokenAsync(token)
            : await RevokeAccessTokenAsync(validationResult.Token!);
        if (isOfClient)
            return new() { Success = true };
        state.Denial = new(
            nameof(Revocations),
            "invalid_grant",
            "This client cannot revoke the token.",
            "a token issued to the client that asks",
            "one issued to another client"
        );
        return new() { Error = "invalid_grant" };
    }

    private async Task<bool> RevokeRefreshTokenAsync(OpaqueToken token)
    {
        var http = accessor.Current();
        return await refreshTokens.RevokeAsync(
            token.Value,
            state.Client!.Id,
            http.ReadRequestContext(),
            http.RequestAborted
        )
            is not RefreshRevocation.OfAnotherClient;
    }

    private async Task<bool> RevokeAccessTokenAsync(string text)
    {
        var http = accessor.Current();
        if (await reader.ReadAsync(text, http.RequestAborted) is not { } token)
            return true;
        if (token.Reference.ClientId != state.Client!.Id)
            return false;
        await accessTokens.RevokeAsync(
            token.Reference,
            token.ExpiresAt - time.GetUtcNow() + TimeSpan.FromMinutes(1),
            http.ReadRequestContext(),
            http.RequestAborted
        );
        return true;
    }
}

/// <summary>Answers a refused revocation (RFC 7009 section 2.2.1).</summary>
internal sealed class RevocationErrors(Refusals refusals, RequestState state)
    : IHttpResponseWriter<TokenRevocationErrorResult>
{
    public Task WriteHttpResponse(TokenRevocationErrorResult result, HttpContext context)
    {
        return refusals.WriteAsync(context, refusals.Note(context, result.Error, null, state.Client?.Id));
    }
}
