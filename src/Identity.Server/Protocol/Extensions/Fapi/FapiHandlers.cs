using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Extensions.Fapi;

// Fapi owns what the FAPI 2.0 security profile asks of a request beyond what its client's registration already says: a
// client of that profile is registered with pushed
// requests, a key and bound tokens, or not at all (Core.Clients), and each protocol enforces that for itself.

/// <summary>The rules for clients of profile <c>Fapi2</c>, inside the engine.</summary>
internal static class FapiHandlers
{
    public static void Add(OpenIddictServerBuilder server)
    {
        server.AddEventHandler<ValidateAuthorizationRequestContext>(h =>
            h.UseSingletonHandler<RequireRedirectUri>()
                .SetOrder(OpenIddictServerHandlers.Authentication.ValidateAuthorizedParty.Descriptor.Order + 70)
        );
        // When every way of proving a key has been looked at, before a grant is touched.
        server.AddEventHandler<HandleTokenRequestContext>(h =>
            h.UseSingletonHandler<RequireBoundTokens>().SetOrder(-1_000)
        );
    }
}
