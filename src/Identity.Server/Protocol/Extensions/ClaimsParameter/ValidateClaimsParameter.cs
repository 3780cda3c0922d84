using Identity.Core.Clients;
using Identity.Server.Protocol.Denials;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Extensions.ClaimsParameter;

/// <summary>Applies the <see cref="ClaimsParameterRule"/>.</summary>
internal sealed class ValidateClaimsParameter(ClientRegistry registry, ClaimsParameterRule rule)
    : IOpenIddictServerHandler<ValidateAuthorizationRequestContext>
{
    public ValueTask HandleAsync(ValidateAuthorizationRequestContext context)
    {
        if (
            registry.Find(context.ClientId) is { } client
            && rule.Check(client, (string?)context.Request[Parameters.Claims]) is { } denial
        )
            context.Deny(denial);
        return ValueTask.CompletedTask;
    }
}
