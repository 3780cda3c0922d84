using OpenIddict.Server;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Extensions.Jar;

/// <summary>Signed request objects (RFC 9101) inside the engine, which knows none: by value at the authorize endpoint,
/// or within a pushed request.</summary>
internal static class JarHandlers
{
    public static void Add(OpenIddictServerBuilder server)
    {
        // After a pushed request was taken up, and (at PAR) after the client's credentials were read; before anything
        // is judged.
        var query = OpenIddictServerAspNetCoreHandlers
            .ExtractGetOrPostRequest<ExtractAuthorizationRequestContext>
            .Descriptor
            .Order;
        server.AddEventHandler<ExtractAuthorizationRequestContext>(h =>
            h.UseSingletonHandler<ReadSignedRequest>().SetOrder(query + 700)
        );
        var form = OpenIddictServerAspNetCoreHandlers
            .ExtractBasicAuthenticationCredentials<ExtractPushedAuthorizationRequestContext>
            .Descriptor
            .Order;
        server.AddEventHandler<ExtractPushedAuthorizationRequestContext>(h =>
            h.UseSingletonHandler<ReadPushedSignedRequest>().SetOrder(form + 700)
        );
        server.AddEventHandler<ValidateAuthorizationRequestContext>(h =>
            h.UseSingletonHandler<RequireSignedRequest>()
                .SetOrder(OpenIddictServerHandlers.Authentication.ValidateAuthorizedParty.Descriptor.Order + 60)
        );
        server.AddEventHandler<ApplyConfigurationResponseContext>(h =>
            h.UseSingletonHandler<TellOfRequestObjects>().SetOrder(-1_890)
        );
    }
}
