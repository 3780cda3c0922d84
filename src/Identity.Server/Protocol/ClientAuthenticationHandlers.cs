using Identity.Server.Protocol.Clients;
using Identity.Server.Protocol.Clients.Assertions;
using Identity.Server.Protocol.Clients.Certificates;
using OpenIddict.Server;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlers;

namespace Identity.Server.Protocol;

/// <summary>How clients prove themselves by a key of their own, inside the engine: at the token endpoint and wherever
/// else a client authenticates (OA-7).</summary>
internal static class ClientAuthenticationHandlers
{
    public static void Add(OpenIddictServerBuilder server)
    {
        AddAtEndpoint<ExtractTokenRequestContext>(server);
        AddAtEndpoint<ExtractPushedAuthorizationRequestContext>(server);
        AddAtEndpoint<ExtractIntrospectionRequestContext>(server);
        AddAtEndpoint<ExtractRevocationRequestContext>(server);
        AddAtEndpoint<ExtractDeviceAuthorizationRequestContext>(server);

        // The engine's rules want one typ and one aud that many clients do not send, and do not look at jti: ours stand
        // in their place.
        server.RemoveEventHandler(ValidateClientAssertion.Descriptor);
        server.RemoveEventHandler(ValidateClientAssertionWellknownClaims.Descriptor);
        server.RemoveEventHandler(ValidateClientAssertionIssuer.Descriptor);
        server.AddEventHandler<ProcessAuthenticationContext>(h =>
            h.UseSingletonHandler<AuthenticateByAssertion>().SetOrder(ValidateClientId.Descriptor.Order - 500)
        );

        // The engine would build chains of its own for every certificate, and so refuse those that only bind tokens.
        server.RemoveEventHandler(ValidateClientCertificate.Descriptor);
        server.AddEventHandler<ProcessAuthenticationContext>(h =>
            h.UseSingletonHandler<AuthenticateByCertificate>().SetOrder(ValidateClientSecret.Descriptor.Order + 500)
        );
        server.AddEventHandler<ValidateTokenRequestContext>(h =>
            h.UseSingletonHandler<BindToCertificate>().SetOrder(Exchange.ValidateAuthorizedParty.Descriptor.Order + 500)
        );
        server.RemoveEventHandler(Protection.ValidateProofOfPossession.Descriptor);
        server.AddEventHandler<ExtractUserInfoRequestContext>(h =>
            h.UseSingletonHandler<ReadClientCertificate<ExtractUserInfoRequestContext>>()
                .SetOrder(
                    OpenIddictServerAspNetCoreHandlers
                        .ExtractAccessToken<ExtractUserInfoRequestContext>
                        .Descriptor
                        .Order + 500
                )
        );
        server.AddEventHandler<HandleUserInfoRequestContext>(h =>
            h.UseSingletonHandler<RequireBoundCertificate>().SetOrder(-1_000)
        );
        server.AddEventHandler<ApplyConfigurationResponseContext>(h =>
            h.UseSingletonHandler<TellOfClientAuthentication>().SetOrder(-1_870)
        );
    }

    private static void AddAtEndpoint<TContext>(OpenIddictServerBuilder server)
        where TContext : BaseValidatingContext
    {
        var extracted = OpenIddictServerAspNetCoreHandlers
            .ExtractBasicAuthenticationCredentials<TContext>
            .Descriptor
            .Order;
        server.AddEventHandler<TContext>(h =>
            h.UseSingletonHandler<NameClientOfAssertion<TContext>>().SetOrder(extracted + 500)
        );
        server.AddEventHandler<TContext>(h =>
            h.UseSingletonHandler<RequireOneClientId<TContext>>().SetOrder(extracted + 550)
        );
        server.AddEventHandler<TContext>(h =>
            h.UseSingletonHandler<ReadClientCertificate<TContext>>().SetOrder(extracted + 600)
        );
    }
}
