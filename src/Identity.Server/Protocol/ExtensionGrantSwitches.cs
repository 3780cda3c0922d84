using Identity.Core.Clients;
using Identity.Core.Grants;
using Identity.Server.Protocol.Engine;
using Microsoft.Extensions.Options;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Identity.Server.Protocol;

/// <summary> Enables the grants that are configured (<c>Identity:Grants</c>). For the engine, CIBA's endpoint is a
/// second device endpoint: both are requests of an authenticated client without a browser, so all endpoints share
/// client authentication.
/// </summary>
internal sealed class ExtensionGrantSwitches(IOptions<GrantOptions> grants)
    : IPostConfigureOptions<OpenIddictServerOptions>
{
    public void PostConfigure(string? name, OpenIddictServerOptions options)
    {
        if (grants.Value.DeviceAuthorization)
            SwitchOn(options, GrantTypes.DeviceCode, EndpointPaths.DeviceAuthorization);
        if (grants.Value.BackchannelAuthentication)
            SwitchOn(options, ClientGrantType.Ciba, EndpointPaths.BackchannelAuthentication);
        if (grants.Value.TokenExchange)
            SwitchOnExchange(options);
    }

    // Access tokens for access tokens. The client's policy decides for whom, not a list of the engine.
    private static void SwitchOnExchange(OpenIddictServerOptions options)
    {
        options.GrantTypes.Add(GrantTypes.TokenExchange);
        foreach (var types in new[] { options.SubjectTokenTypes, options.ActorTokenTypes, options.RequestedTokenTypes })
        {
            types.Clear();
            types.Add(TokenTypeIdentifiers.AccessToken);
        }
        (options.DisableAudienceValidation, options.IgnoreAudiencePermissions) = (true, true);
        (options.DisableResourceValidation, options.IgnoreResourcePermissions) = (true, true);
    }

    private static void SwitchOn(OpenIddictServerOptions options, string grantType, string path)
    {
        options.GrantTypes.Add(grantType);
        options.DeviceAuthorizationEndpointUris.Add(new Uri(path.TrimStart('/'), UriKind.Relative));
    }
}
