using Identity.Server.Protocol.Denials;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Clients;

/// <summary>A client credentials request without credentials is <c>invalid_client</c> (RFC 6749 5.2: "no client
/// authentication included"); the engine says <c>invalid_request</c>.</summary>
internal sealed class RequireCredentials : IOpenIddictServerHandler<ValidateTokenRequestContext>
{
    public ValueTask HandleAsync(ValidateTokenRequestContext context)
    {
        var request = context.Request;
        if (
            request.IsClientCredentialsGrantType()
            && string.IsNullOrEmpty(request.ClientSecret)
            && string.IsNullOrEmpty(request.ClientAssertion)
            && context.Transaction.RemoteCertificate is null
        )
        {
            context.Deny(
                new(
                    nameof(RequireCredentials),
                    OpenIddictConstants.Errors.InvalidClient,
                    "The client must authenticate.",
                    "client authentication",
                    "none"
                )
            );
        }
        return ValueTask.CompletedTask;
    }
}
