using Identity.Server.Protocol.Endpoints.Discovery;
using Identity.Server.Protocol.Grants.Ciba;
using Identity.Server.Protocol.Grants.Device;
using Identity.Server.Protocol.Grants.Polling;
using Identity.Server.Protocol.Grants.TokenExchange;
using Identity.Server.Protocol.Registration;
using Microsoft.Extensions.Options;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlers;
using EngineDevice = OpenIddict.Server.OpenIddictServerHandlers.Device;

namespace Identity.Server.Protocol;

// ExtensionGrants owns what the grants beyond RFC 6749 share (device, CIBA, token exchange): which of them are on, what
// discovery says of them, and how an answer to a
// poll reads. What each asks and checks is in its own folder.

/// <summary>Where the extension grants enter the engine.</summary>
internal static class ExtensionGrantHandlers
{
    public static void AddExtensionGrants(this IServiceCollection services)
    {
        services.AddSingleton<PollAnswer>();
        services.AddSingleton<HintReader>();
        // After the engine's own: it would refuse device endpoints, for it keeps no codes here (ours are in
        // Core.Grants).
        services.AddSingleton<IPostConfigureOptions<OpenIddictServerOptions>, ExtensionGrantSwitches>();
    }

    public static void Add(OpenIddictServerBuilder server)
    {
        // Which grant type a client must have registered depends on the path: our endpoints judge it.
        server.RemoveEventHandler(EngineDevice.ValidateGrantTypePermissions.Descriptor);
        server.AddEventHandler<HandleDeviceAuthorizationRequestContext>(h =>
            h.UseSingletonHandler<DeviceAuthorizationEndpoint>().SetOrder(0)
        );
        server.AddEventHandler<HandleTokenRequestContext>(h =>
            h.UseSingletonHandler<DeviceCodeGrant>().SetOrder(3_000)
        );

        server.AddEventHandler<HandleDeviceAuthorizationRequestContext>(h =>
            h.UseSingletonHandler<BackchannelAuthenticationEndpoint>().SetOrder(1_000)
        );
        server.AddEventHandler<HandleTokenRequestContext>(h => h.UseSingletonHandler<CibaGrant>().SetOrder(4_000));

        // Whether a code, a refresh token or a device code is this client's, our statements decide; whose tokens it may
        // exchange, its policy.
        server.RemoveEventHandler(Exchange.ValidateAuthorizedParty.Descriptor);
        server.AddEventHandler<HandleTokenRequestContext>(h =>
            h.UseSingletonHandler<TokenExchangeGrant>().SetOrder(5_000)
        );
        server.AddEventHandler<ApplyTokenResponseContext>(h =>
            h.UseSingletonHandler<CallBadTokensInvalidRequests>()
                .SetOrder(Exchange.NormalizeErrorResponse.Descriptor.Order + 500)
        );

        server.AddEventHandler<ApplyConfigurationResponseContext>(h =>
            h.UseSingletonHandler<ExtensionGrantMetadata>().SetOrder(-1_700)
        );
        server.AddEventHandler<ApplyConfigurationResponseContext>(h =>
            h.UseSingletonHandler<RegistrationMetadata>().SetOrder(-1_600)
        );
    }
}
