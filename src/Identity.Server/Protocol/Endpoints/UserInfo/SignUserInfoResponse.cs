using System.Text.Json;
using Identity.Core.Clients;
using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Tokens.Jose;
using Identity.Server.Protocol.Tokens.Signing;
using Microsoft.AspNetCore;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Endpoints.UserInfo;

/// <summary> Userinfo as a signed JWT, for a client that registered <c>userinfo_signed_response_alg</c> (OIDC Core
/// 5.3.2): the same claims, with <c>iss</c> and <c>aud</c>. Such a client never gets JSON, because it relies on the
/// signature.
/// </summary>
internal sealed class SignUserInfoResponse(Issuer issuer, IJwtSigner signer)
    : IOpenIddictServerHandler<ApplyUserInfoResponseContext>
{
    private const string MediaType = "application/jwt";
    private const string Property = "identity:userinfo_client";

    /// <summary>Records the recipient of the answer.</summary>
    public static void Keep(OpenIddictServerTransaction transaction, Client client) =>
        transaction.SetProperty(Property, client);

    public async ValueTask HandleAsync(ApplyUserInfoResponseContext context)
    {
        if (
            context.Response.Error is not null
            || context.Transaction.GetHttpRequest() is not { } request
            || context.Transaction.GetProperty<Client>(Property)
                is not { Protocols.UserinfoSignedResponseAlg: { } algorithm } client
        )
            return;
        var claims = JsonSerializer
            .SerializeToElement(context.Response)
            .EnumerateObject()
            .Where(static claim => claim.Name is not ("iss" or "aud"))
            .Select(static claim => KeyValuePair.Create(claim.Name, (object?)claim.Value));
        var signed = signer.Sign(
            algorithm,
            "JWT",
            JwtClaims.Write([new("iss", issuer.Value), new("aud", client.Id), .. claims])
        );
        request.HttpContext.Response.ContentType = MediaType;
        await request.HttpContext.Response.WriteAsync(signed, request.HttpContext.RequestAborted);
        context.HandleRequest();
    }
}
