using System.Text.Json;
using Duende.IdentityServer.ResponseHandling;
using Duende.IdentityServer.Validation;
using Identity.Core.Grants;
using Identity.Core.Primitives;
using Identity.Core.Profile;
using Identity.DuendeHost.Requests;
using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Tokens.AccessTokens;
using CoreClient = Identity.Core.Clients.Client;

namespace Identity.DuendeHost.Grants;

/// <summary>Leaves the token unread: Duende would rotate a refresh token in order to look at it.</summary>
internal sealed class IntrospectionRequests : IIntrospectionRequestValidator
{
    public Task<IntrospectionRequestValidationResult> ValidateAsync(IntrospectionRequestValidationContext context)
    {
        var token = context.Parameters["token"];
        return Task.FromResult(
            new IntrospectionRequestValidationResult
            {
                IsError = string.IsNullOrEmpty(token),
                Error = "missing_token",
                IsActive = false,
                Token = token,
                Client = context.Client,
                Parameters = context.Parameters,
            }
        );
    }
}

/// <summary> The introspection endpoint (RFC 7662): for a client's own tokens, and for a resource server's access
/// tokens (OA-14). Everything else is inactive, without details, and nothing changes by asking. One SQL command, and
/// one more for a reference token. </summary>
internal sealed class Introspections(
    Issuer issuer,
    AccessTokens reader,
    AccessTokenStore accessTokens,
    RefreshTokenStore refreshTokens,
    SubjectIdentifiers subjects,
    RequestState state,
    IHttpContextAccessor accessor
) : IIntrospectionResponseGenerator
{
    // In the token under the same name and with the same meaning.
    private static readonly string[] AsInToken =
    [
        "sub",
        "client_id",
        "jti",
        "scope",
        "aud",
        "iat",
        "exp",
        "cnf",
        "sid",
        "auth_time",
        "amr",
        "acr",
    ];

    public async Task<Dictionary<string, object>> ProcessAsync(IntrospectionRequestValidationResult validationResult)
    {
        Dictionary<string, object> answer = new(StringComparer.Ordinal) { ["active"] = false };
        var client = state.Client!;
        var cancellation = accessor.Current().RequestAborted;
        var described = OpaqueToken.TryParse(validationResult.Token, out var token)
            ? await DescribeRefreshTokenAsync(answer, client, token, cancellation)
            : await DescribeAccessTokenAsync(answer, client, validationResult.Token!, cancellation);
        if (described)
            (answer["active"], answer["iss"]) = (true, issuer.Value);
        return answer;
    }

    private async Task<bool> DescribeRefreshTokenAsync(
        Dictionary<string, object> answer,
        CoreClient client,
        OpaqueToken token,
        CancellationToken cancellationToken
    )
    {
        if (
            await refreshTokens.InspectAsync(token.Value, cancellationToken) is not { IsActive: true } found
            || found.ClientId != client.Id
        )
            return false;
        answer["sub"] = subjects.Of(client, found.UserId);
        answer["client_id"] = found.ClientId;
        answer["scope"] = string.Join(' ', found.Scopes);
        answer["iat"] = found.IssuedAt.ToUnixTimeSeconds();
        answer["exp"] = found.ExpiresAt.ToUnixTimeSeconds();
        answer["sid"] = found.SessionId.ToString("D");
        answer["auth_time"] = found.Details.AuthTime;
        if (found.Details.Confirmation is { } confirmation)
            answer["cnf"] = confirmation;
        return true;
    }

    private async Task<bool> DescribeAccessTokenAsync(
        Dictionary<string, object> answer,
        CoreClient client,
        string text,
        CancellationToken cancellationToken
    )
    {
        if (await reader.ReadAsync(text, cancellationToken) is not { } token)
            return false;
        var concerns =
            token.Reference.ClientId == client.Id
            || token.Principal.FindAll("aud").Any(audience => client.Resources.Contains(audience.Value));
        if (!concerns || !(await accessTokens.ReadAsync(token.Reference, cancellationToken)).IsActive)
            return false;
        var claims = AccessTokenReader.ClaimsOf(token.Signed);
        foreach (var name in AsInToken)
        {
            if (claims.TryGetProperty(name, out JsonElement value))
                answer[name] = value;
        }
        answer["token_type"] = claims.TryGetProperty("cnf", out _) ? "DPoP" : "Bearer";
        return true;
    }
}
