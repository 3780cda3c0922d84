using Identity.Core.Clients;
using Identity.Server.Protocol.Denials;
using Identity.Server.Protocol.Tokens;
using Identity.Server.Protocol.Tokens.Jose;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Extensions.Fapi;

/// <summary>FAPI 2.0 security profile 5.3.2.1: only sender-constrained tokens are issued. It checks again that DPoP or
/// mutual TLS proved a key, whatever was registered.</summary>
internal sealed class RequireBoundTokens(ClientRegistry registry) : IOpenIddictServerHandler<HandleTokenRequestContext>
{
    public ValueTask HandleAsync(HandleTokenRequestContext context)
    {
        if (
            registry.Find(context.ClientId) is { Profile: ClientProfile.Fapi2 }
            && context.Transaction.GetProvenKey() is null
        )
            context.Deny(
                new(
                    nameof(RequireBoundTokens),
                    Errors.InvalidRequest,
                    "The request proves no key to bind the tokens to.",
                    "DPoP or mutual TLS",
                    "neither"
                )
            );
        return ValueTask.CompletedTask;
    }
}
