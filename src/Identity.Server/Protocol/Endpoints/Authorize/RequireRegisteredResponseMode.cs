using Identity.Core.Clients;
using Identity.Server.Protocol.Denials;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Endpoints.Authorize;

/// <summary>Accepts only response modes that the client registered.</summary>
internal sealed class RequireRegisteredResponseMode(ClientRegistry registry)
    : IOpenIddictServerHandler<ValidateAuthorizationRequestContext>
{
    public ValueTask HandleAsync(ValidateAuthorizationRequestContext context)
    {
        var mode = context.Request.ResponseMode;
        if (
            !string.IsNullOrEmpty(mode)
            && registry.Find(context.ClientId) is { } client
            && !client.ResponseModes.Contains(mode)
        )
        {
            context.Deny(
                new(
                    nameof(RequireRegisteredResponseMode),
                    OpenIddictConstants.Errors.InvalidRequest,
                    "The client is not registered for this response_mode.",
                    string.Join(' ', client.ResponseModes),
                    mode
                )
            );
        }
        return ValueTask.CompletedTask;
    }
}
