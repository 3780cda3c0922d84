using System.Text.Json;
using Identity.Core.Clients;
using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Tokens.Jose;
using Identity.Server.Protocol.Tokens.Signing;
using Microsoft.AspNetCore;
using Microsoft.Net.Http.Headers;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Endpoints.Introspection;

/// <summary> The answer as a signed JWT, if requested by <c>Accept</c> (RFC 9701), so that a resource server can later
/// prove it. It has the same content as the JSON, also for an inactive token.
/// </summary>
internal sealed class SignIntrospectionResponse(
    Issuer issuer,
    ClientRegistry registry,
    IJwtSigner signer,
    TimeProvider time
) : IOpenIddictServerHandler<ApplyIntrospectionResponseContext>
{
    private const string Type = "token-introspection+jwt";
    private const string MediaType = "application/" + Type;

    public async ValueTask HandleAsync(ApplyIntrospectionResponseContext context)
    {
        if (
            context.Transaction.GetHttpRequest() is not { } request
            || context.Response.Error is not null
            || !IsWanted(request)
            || registry.Find(context.Request?.ClientId) is not { } client
        )
            return;
        var algorithm = client.Protocols.IntrospectionSignedResponseAlg;
        var claims = JwtClaims.Write([
            new("iss", issuer.Value),
            new("aud", client.Id),
            new("iat", time.GetUtcNow().ToUnixTimeSeconds()),
            new("token_introspection", JsonSerializer.SerializeToElement(context.Response)),
        ]);
        var signed = signer.Sign(algorithm, Type, claims);
        var response = request.HttpContext.Response;
        response.ContentType = MediaType;
        await response.WriteAsync(signed, request.HttpContext.RequestAborted);
        context.HandleRequest();
    }

    // Named explicitly and preferred at least as much as JSON: a client that accepts anything still gets JSON.
    private static bool IsWanted(HttpRequest request)
    {
        if (!MediaTypeHeaderValue.TryParseList(request.Headers.Accept, out var accepted))
            return false;
        var asked = Quality(accepted, MediaType);
        return asked > 0 && asked >= (Quality(accepted, "application/json") ?? 0);
    }

    private static double? Quality(IList<MediaTypeHeaderValue> accepted, string type) =>
        accepted.FirstOrDefault(value => value.MediaType.Equals(type, StringComparison.OrdinalIgnoreCase)) is { } found
            ? found.Quality ?? 1
            : null;
}
