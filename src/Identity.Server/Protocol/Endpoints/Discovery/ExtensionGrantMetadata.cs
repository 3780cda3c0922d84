using System.Collections.Immutable;
using Identity.Core.Grants;
using Identity.Server.Protocol.Engine;
using Microsoft.Extensions.Options;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Endpoints.Discovery;

/// <summary>What the metadata says of the extension grants (RFC 8628 section 4, CIBA Core section 4): each endpoint
/// only when it is on.</summary>
internal sealed class ExtensionGrantMetadata(Issuer issuer, IOptions<GrantOptions> grants)
    : IOpenIddictServerHandler<ApplyConfigurationResponseContext>
{
    public ValueTask HandleAsync(ApplyConfigurationResponseContext context)
    {
        if (context.Response.Error is not null)
            return ValueTask.CompletedTask;
        // Both stand in one list of the engine's: which is which, only we know.
        context.Response["device_authorization_endpoint"] = grants.Value.DeviceAuthorization
            ? issuer.UrlOf(EndpointPaths.DeviceAuthorization)
            : default(OpenIddictParameter?);
        // Clients prove themselves there as at the token endpoint.
        context.Response["device_authorization_endpoint_auth_methods_supported"] = grants.Value.DeviceAuthorization
            ? context.Response["token_endpoint_auth_methods_supported"]
            : null;
        if (grants.Value.BackchannelAuthentication)
        {
            context.Response["backchannel_authentication_endpoint"] = issuer.UrlOf(
                EndpointPaths.BackchannelAuthentication
            );
            context.Response["backchannel_token_delivery_modes_supported"] = ImmutableArray.Create<string?>("poll");
            context.Response["backchannel_user_code_parameter_supported"] = false;
        }
        return ValueTask.CompletedTask;
    }
}
