using System.Text.Json;
using Identity.Server.Protocol.Denials;
using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Tokens.Jose;
using Microsoft.AspNetCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Extensions.Dpop;

/// <summary>Reads a token from <c>Authorization: DPoP</c> (RFC 9449 section 7.1); the engine supports only the scheme
/// Bearer.</summary>
internal sealed class ReadDpopToken : IOpenIddictServerHandler<ExtractUserInfoRequestContext>
{
    public ValueTask HandleAsync(ExtractUserInfoRequestContext context)
    {
        if (
            context.IsRejected
            || context.Request is not { } request
            || context.Transaction.GetHttpRequest() is not { } http
        )
            return ValueTask.CompletedTask;
        if (http.Headers.Authorization.Count > 1)
            context.Deny(
                new(
                    nameof(ReadDpopToken),
                    Errors.InvalidRequest,
                    "The Authorization header must come once.",
                    "one header",
                    "several"
                )
            );
        else if (TokenOf(http) is { } token)
            request.AccessToken = token;
        return ValueTask.CompletedTask;
    }

    /// <summary>The token after the scheme; null for any other scheme.</summary>
    public static string? TokenOf(HttpRequest request) =>
        request.Headers.Authorization is [{ } header]
        && header.StartsWith(DpopRules.Scheme + " ", StringComparison.OrdinalIgnoreCase)
            ? header[(DpopRules.Scheme.Length + 1)..].Trim()
            : null;
}

/// <summary> A bound token requires a proof by its key with the digest of this token; an unbound token is refused under
/// the scheme DPoP (RFC 9449 section 7.1). One SQL command if there is a proof.
/// </summary>
internal sealed class RequireBoundProof(DpopRules rules) : IOpenIddictServerHandler<HandleUserInfoRequestContext>
{
    public async ValueTask HandleAsync(HandleUserInfoRequestContext context)
    {
        var http = context.Transaction.GetHttpRequest()!.HttpContext;
        var key = KeyOf(context.AccessTokenPrincipal!.GetClaim("cnf"));
        var presented = ReadDpopToken.TokenOf(http.Request);
        if (key is null && presented is null)
            return;
        if (key is null)
            Deny(
                context,
                "The access token is not bound to a key: send it as a bearer token.",
                "the scheme Bearer",
                "the scheme DPoP"
            );
        else if (presented is null)
            Deny(
                context,
                "The access token is bound to a key: send it with a proof.",
                "the scheme DPoP",
                "a bearer token"
            );
        else
            DpopRefusals.Refuse(
                context,
                nameof(RequireBoundProof),
                await rules.CheckAsync(
                    http,
                    EndpointPaths.UserInfo,
                    new DpopExpectation(Required: true, key),
                    presented
                )
            );
    }

    /// <summary>The thumbprint in the text of a <c>cnf</c> claim; null for an unbound token.</summary>
    public static string? KeyOf(string? confirmation)
    {
        if (confirmation is null)
            return null;
        var json = JsonElement.Parse(confirmation);
        return json.ValueKind == JsonValueKind.Object && json.TryGetProperty(ProvenKey.DpopMember, out var thumbprint)
            ? thumbprint.GetString()
            : null;
    }

    private static void Deny(HandleUserInfoRequestContext context, string text, string expected, string received) =>
        context.Deny(new(nameof(RequireBoundProof), Errors.InvalidToken, text, expected, received));
}

/// <summary> <c>WWW-Authenticate: DPoP</c> (RFC 9449 section 7.1): instead of Bearer for a request with the scheme or a
/// bound token, and in addition to it for a request without a token.
/// </summary>
internal sealed class ChallengeDpop : IOpenIddictServerHandler<ApplyUserInfoResponseContext>
{
    private static readonly string Offer =
        $"""{DpopRules.Scheme} algs="{string.Join(' ', DpopRules.Algorithms)}" """.TrimEnd();

    public ValueTask HandleAsync(ApplyUserInfoResponseContext context)
    {
        if (
            context.Response.Error is not { } error
            || context.Transaction.GetHttpRequest()?.HttpContext is not { } http
        )
            return ValueTask.CompletedTask;
        var response = http.Response;
        if (error == Errors.MissingToken)
        {
            response.Headers.Append("WWW-Authenticate", Offer);
        }
        else if (
            error is DpopRules.InvalidProof or DpopRules.UseNonce or Errors.InvalidToken or Errors.InsufficientScope
            && (
                ReadDpopToken.TokenOf(http.Request) is not null
                || context.Transaction.FindDenial()?.Rule == nameof(RequireBoundProof)
            )
        )
        {
            if (error != Errors.InsufficientScope)
                response.StatusCode = StatusCodes.Status401Unauthorized;
            response.Headers.WWWAuthenticate =
                $"{Offer}, error=\"{error}\", error_description=\"{Quoted(context.Response.ErrorDescription)}\"";
        }
        return ValueTask.CompletedTask;
    }

    // Own texts contain neither; the engine's may (RFC 9110 section 5.6.4).
    private static string? Quoted(string? text) =>
        text?.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
}
