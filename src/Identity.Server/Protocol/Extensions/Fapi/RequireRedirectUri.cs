using Identity.Core.Clients;
using Identity.Server.Protocol.Denials;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Extensions.Fapi;

/// <summary>FAPI 2.0 security profile 5.3.2.2: the request must contain redirect_uri, even if only one is
/// registered.</summary>
internal sealed class RequireRedirectUri(ClientRegistry registry)
    : IOpenIddictServerHandler<ValidateAuthorizationRequestContext>
{
    public ValueTask HandleAsync(ValidateAuthorizationRequestContext context)
    {
        if (
            registry.Find(context.ClientId) is { Profile: ClientProfile.Fapi2 }
            && string.IsNullOrEmpty(context.Request.RedirectUri)
        )
            context.Deny(
                new(
                    nameof(RequireRedirectUri),
                    Errors.InvalidRequest,
                    "The redirect_uri is missing.",
                    "redirect_uri",
                    "none"
                )
            );
        return ValueTask.CompletedTask;
    }
}
