using Identity.Core.Clients;
using Identity.Server.Protocol.Denials;
using Identity.Server.Protocol.Extensions.Par;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Extensions.Jar;

/// <summary>A client that registered <c>require_signed_request_object</c> may send only signed requests (RFC 9101
/// section 10.5). A pushed request was checked when it was pushed.</summary>
internal sealed class RequireSignedRequest(ClientRegistry registry)
    : IOpenIddictServerHandler<ValidateAuthorizationRequestContext>
{
    public ValueTask HandleAsync(ValidateAuthorizationRequestContext context)
    {
        if (
            registry.Find(context.ClientId) is { RequireSignedRequestObject: true }
            && !context.Transaction.WasSigned()
            && context.Transaction.GetStoredRequest() is null
        )
        {
            context.Deny(
                new(
                    nameof(RequireSignedRequest),
                    OpenIddictConstants.Errors.InvalidRequest,
                    "The request must be a signed request object (RFC 9101).",
                    "a request",
                    "plain parameters"
                )
            );
        }
        return ValueTask.CompletedTask;
    }
}
