using Identity.Core.Clients;
using Identity.Core.Grants.DeviceAuthorization;
using Identity.Server.Protocol.Grants.Polling;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Grants.Device;

/// <summary>The device grant at the token endpoint (RFC 8628 section 3.4): one statement decides on the poll, and of
/// any number of parallel polls, one gets tokens (DB-1).</summary>
internal sealed class DeviceCodeGrant(ClientRegistry registry, DeviceAuthorizationStore devices, PollAnswer answer)
    : IOpenIddictServerHandler<HandleTokenRequestContext>
{
    public async ValueTask HandleAsync(HandleTokenRequestContext context)
    {
        if (!context.Request.IsDeviceCodeGrantType() || registry.Find(context.ClientId) is not { } client)
            return;
        await answer.ApplyAsync(
            context,
            client,
            nameof(DeviceCodeGrant),
            (issue, cancellation) => devices.PollAsync(context.Request.DeviceCode, client.Id, issue, cancellation)
        );
    }
}
