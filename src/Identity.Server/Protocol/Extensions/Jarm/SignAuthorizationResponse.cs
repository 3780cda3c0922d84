using Identity.Core.Clients;
using Identity.Core.Keys;
using Identity.Server.Protocol.Requests.Parsing;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Extensions.Jarm;

/// <summary>If the client requested it, the whole answer, code or error, is sent as one signed parameter
/// <c>response</c> (JARM section 2.3), by the underlying plain mode.</summary>
internal sealed class SignAuthorizationResponse(ClientRegistry registry, AuthorizationResponseJwt jwt)
    : IOpenIddictServerHandler<ApplyAuthorizationResponseContext>
{
    public ValueTask HandleAsync(ApplyAuthorizationResponseContext context)
    {
        if (
            context.RedirectUri is null
            || registry.Find(context.Request?.ClientId) is not { } client
            || !AuthorizationResponseJwt.TryRead(context.ResponseMode, out var carrier)
        )
            return ValueTask.CompletedTask;
        // Without a key no trusted answer is possible: the person is asked to try again, and the client gets no answer.
        var signed =
            jwt.Create(
                client,
                ResponseParameters
                    .Of(context.Response)
                    .Select(static parameter => KeyValuePair.Create(parameter.Key, parameter.Value!))
            ) ?? throw new SigningKeyUnavailableException(client.Protocols.AuthorizationSignedResponseAlg);
        context.Response = new OpenIddictResponse { ["response"] = signed };
        context.ResponseMode = carrier;
        return ValueTask.CompletedTask;
    }
}
