using Microsoft.Extensions.Options;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Extensions.Par;

/// <summary>The metadata of RFC 9126 section 5. The endpoint's address the engine names.</summary>
internal sealed class TellOfPushedRequests(IOptions<PushedAuthorizationOptions> options)
    : IOpenIddictServerHandler<ApplyConfigurationResponseContext>
{
    public ValueTask HandleAsync(ApplyConfigurationResponseContext context)
    {
        if (context.Response.Error is null)
            context.Response["require_pushed_authorization_requests"] = options.Value.Required;
        return ValueTask.CompletedTask;
    }
}
