using System.Buffers;
using System.Text.Json;
using Identity.Core.Clients;
using Identity.Core.Grants;
using Identity.Core.Keys;
using Identity.Core.Throttling;
using Identity.Server.Browser;
using Identity.Server.Protocol.Clients;
using Identity.Server.Protocol.Clients.Certificates;
using Identity.Server.Protocol.Endpoints.Token;
using Identity.Server.Protocol.Tokens;
using Identity.Server.Protocol.Tokens.AccessTokens;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Identity.Server.Protocol.Grants.Direct;

/// <summary>
/// Answers the most frequent token requests before the engine: a client's own token, a refresh and a code, of a client
/// with a secret, without anything beside it. It only ever grants. Whatever it cannot grant goes on to the engine,
/// which judges it by the same rules, refuses it and says why: docs/decisions/0037.
/// </summary>
internal sealed class DirectTokens(
    RequestDelegate next,
    ClientRegistry registry,
    ClientOwnTokens own,
    RefreshRotations rotations,
    CodeRedemptions redemptions,
    GrantIssuance issuances,
    TokenAnswers answers,
    AccessTokenWriter accessTokens,
    SigningKeyRing ring,
    ClientCertificates certificates,
    WriteLimiter limiter,
    TimeProvider time
)
{
    public Task InvokeAsync(HttpContext http) =>
        DirectTokenRequest.TryRead(http.Request) is { } request
        && registry.Find(request.ClientId) is { } client
        && IsPlain(client, request)
        && IsAuthenticated(client, request, http)
            ? AnswerAsync(http, client, request)
            : next(http);

    // Nothing that a step of the engine's way would look at.
    private bool IsPlain(Client client, DirectTokenRequest request) =>
        client.IsConfidential
        && client.GrantTypes.Contains(request.GrantType)
        && client.Profile != ClientProfile.Fapi2
        && !client.DpopBoundAccessTokens
        && !client.TlsClientCertificateBoundAccessTokens
        && client.AccessTokenFormat == AccessTokenFormat.Jwt
        && client.Protocols.IdTokenEncryptedResponseAlg is null
        && ring.Find(accessTokens.AlgorithmFor(client)) is not null
        && (!client.Scopes.Contains(Scopes.OpenId) || ring.Find(client.IdTokenSignedResponseAlg) is not null);

    private bool IsAuthenticated(Client client, DirectTokenRequest request, HttpContext http) =>
        client.AuthMethods.Contains(request.AuthMethod)
        && certificates.Read(
            http.Connection.ClientCertificate,
            http.Features.Get<ConnectionPeer>()?.Address,
            http.Request.Headers
        )
            is null
        && limiter.Wait(LimitWrongSecrets.Kind, http.Connection.RemoteIpAddress, client.Id, LimitWrongSecrets.Limit)
            is null
        && ClientSecrets.Verify(client, request.ClientSecret, time.GetUtcNow());

    private async Task AnswerAsync(HttpContext http, Client client, DirectTokenRequest request)
    {
        if (
            await DecideAsync(http, client, request) is { } issuance
            && await answers.WriteAsync(issuance, request.GrantType, http.RequestAborted) is { } answer
        )
            await WriteAsync(http, answer);
        else
            await next(http);
    }

    private async ValueTask<TokenIssuance?> DecideAsync(HttpContext http, Client client, DirectTokenRequest request)
    {
        var redemption =
            request.RefreshToken is { } token ? await rotations.RotateAsync(http, client, token, request.Scopes, null)
            : request.Code is { } code ? await redemptions.RedeemAsync(http, client, code, null)
            : null;
        return redemption switch
        {
            null => (own.Decide(client, request.Scopes, []) as ClientOwnToken.Granted)?.Issuance,
            GrantRedemption.Granted granted => issuances.Of(client, granted, null, null),
            _ => null,
        };
    }

    private static async Task WriteAsync(HttpContext http, TokenAnswer answer)
    {
        var response = http.Response;
        response.ContentType = "application/json;charset=UTF-8";
        response.Headers.CacheControl = "no-store";
        response.Headers.Pragma = "no-cache";
        response.Headers.Expires = "Thu, 01 Jan 1970 00:00:00 GMT";
        ArrayBufferWriter<byte> body = new(2_048);
        using Utf8JsonWriter json = new(body);
        json.WriteStartObject();
        json.WriteString(Parameters.AccessToken, answer.AccessToken);
        json.WriteString(Parameters.TokenType, answer.TokenType);
        json.WriteNumber(Parameters.ExpiresIn, answer.ExpiresIn);
        Write(json, Parameters.Scope, answer.Scope);
        Write(json, Parameters.RefreshToken, answer.RefreshToken);
        Write(json, Parameters.IdToken, answer.IdToken);
        if (answer.AuthorizationDetails is { } details)
        {
            json.WritePropertyName("authorization_details");
            details.WriteTo(json);
        }
        json.WriteEndObject();
        json.Flush();
        response.ContentLength = body.WrittenCount;
        await response.Body.WriteAsync(body.WrittenMemory, http.RequestAborted);
    }

    private static void Write(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
            json.WriteString(name, value);
    }
}
