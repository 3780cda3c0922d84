using Identity.Core.Clients;
using Identity.Server.Protocol.Denials;
using Identity.Server.Protocol.Engine;
using Microsoft.Extensions.Options;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Extensions.Par;

/// <summary>A client that must push its requests cannot send them in any other way (RFC 9126 sections 5 and 6), because
/// a request through the browser could have been changed there.</summary>
internal sealed class RequirePushedRequest(ClientRegistry registry, IOptions<PushedAuthorizationOptions> options)
    : IOpenIddictServerHandler<ValidateAuthorizationRequestContext>
{
    public ValueTask HandleAsync(ValidateAuthorizationRequestContext context)
    {
        if (
            context.EndpointType == OpenIddictServerEndpointType.PushedAuthorization
            || context.Transaction.GetStoredRequest() is { WasSignedByValue: false }
        )
            return ValueTask.CompletedTask;
        if (options.Value.Required || registry.Find(context.ClientId) is { RequirePushedAuthorizationRequests: true })
        {
            context.Deny(
                new(
                    nameof(RequirePushedRequest),
                    OpenIddictConstants.Errors.InvalidRequest,
                    "The request must be pushed (RFC 9126).",
                    $"a request_uri from {EndpointPaths.PushedAuthorization}",
                    "parameters in the URL"
                )
            );
        }
        return ValueTask.CompletedTask;
    }
}
