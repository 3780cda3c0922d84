using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Extensions.ClaimsParameter;

internal static class ClaimsHandlers
{
    public static void Add(OpenIddictServerBuilder server)
    {
        server.AddEventHandler<ValidateAuthorizationRequestContext>(h =>
            h.UseSingletonHandler<RequireSoundClaims>()
                .SetOrder(OpenIddictServerHandlers.Authentication.ValidateAuthorizedParty.Descriptor.Order + 500)
        );
        server.AddEventHandler<ApplyConfigurationResponseContext>(h =>
            h.UseSingletonHandler<ClaimsMetadata>().SetOrder(-1_900)
        );
    }
}

/// <summary>OIDC Discovery 3.</summary>
internal sealed class ClaimsMetadata : IOpenIddictServerHandler<ApplyConfigurationResponseContext>
{
    public ValueTask HandleAsync(ApplyConfigurationResponseContext context)
    {
        if (context.Response.Error is null)
            context.Response["claims_parameter_supported"] = true;
        return ValueTask.CompletedTask;
    }
}
