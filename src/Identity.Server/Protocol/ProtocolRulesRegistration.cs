using Identity.Core.Grants;
using Identity.Core.Grants.BackchannelAuthentication;
using Identity.Core.Grants.DeviceAuthorization;
using Identity.Core.Logout;
using Identity.Server.Browser;
using Identity.Server.Protocol.Clients;
using Identity.Server.Protocol.Clients.Assertions;
using Identity.Server.Protocol.Clients.Certificates;
using Identity.Server.Protocol.Endpoints.Authorize.Decision;
using Identity.Server.Protocol.Endpoints.Resource;
using Identity.Server.Protocol.Endpoints.Token;
using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Engine.Credentials;
using Identity.Server.Protocol.Extensions.ClaimsParameter;
using Identity.Server.Protocol.Extensions.Dpop;
using Identity.Server.Protocol.Extensions.Jar;
using Identity.Server.Protocol.Extensions.Jarm;
using Identity.Server.Protocol.Extensions.Par;
using Identity.Server.Protocol.Extensions.RichAuthorization;
using Identity.Server.Protocol.Grants;
using Identity.Server.Protocol.Grants.Ciba;
using Identity.Server.Protocol.Logout.Channels;
using Identity.Server.Protocol.Logout.EndSession;
using Identity.Server.Protocol.Logout.SessionManagement;
using Identity.Server.Protocol.Registration;
using Identity.Server.Protocol.Requests.Cors;
using Identity.Server.Protocol.Requests.ErrorAnswers;
using Identity.Server.Protocol.Requests.Outbound;
using Identity.Server.Protocol.Requests.Parsing;
using Identity.Server.Protocol.Requests.Resumption;
using Identity.Server.Protocol.Tokens.AccessTokens;
using Identity.Server.Protocol.Tokens.IdTokens;
using Identity.Server.Protocol.Tokens.KeySets;
using Identity.Server.Protocol.Tokens.Signing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace Identity.Server.Protocol;

internal static class ProtocolRulesRegistration
{
    /// <summary>Adds the rules that do not depend on the engine: those that its handlers call, and those that run
    /// beside it. Needs the <see cref="Issuer"/> and the rooms Clients, Grants, Keys, Profile and Throttling.</summary>
    public static IServiceCollection AddProtocolRules(this IServiceCollection services, IConfiguration configuration)
    {
        services
            .AddOptions<OutboundOptions>()
            .Bind(configuration.GetSection(OutboundOptions.Section))
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<OutboundOptions>, OutboundOptionsValidator>();
        services.AddSingleton<OutboundAddresses>();

        services.AddSingleton<IJwtSigner, KeyRingJwtSigner>();

        services
            .AddOptions<MutualTlsOptions>()
            .Bind(configuration.GetSection(MutualTlsOptions.Section))
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<MutualTlsOptions>, MutualTlsOptionsValidator>();
        services.AddSingleton<JwksFetcher>();
        services.AddSingleton<DpopNonces>();
        services.AddSingleton<DpopProofReader>();
        services.AddSingleton<DpopValidator>();
        services.AddOptions<DpopOptions>().Bind(configuration.GetSection(DpopOptions.Section));
        services.AddSingleton<StrangerLimits>();
        services.AddSingleton<DpopRules>();
        services.AddSingleton<IBearerTokens, BearerTokens>();
        services.AddSingleton<ClientKeys>();
        services.AddSingleton<ClientAssertionReader>();
        services.AddSingleton<EndpointAddresses>();
        services.AddSingleton<TlsClientRules>();
        services.AddSingleton<ClientCertificates>();
        services.AddSingleton<CertificateAuthorities>();
        services.AddSingleton<IConfigureOptions<KestrelServerOptions>, RequestClientCertificates>();

        services
            .AddOptions<PushedAuthorizationOptions>()
            .Bind(configuration.GetSection(PushedAuthorizationOptions.Section))
            .ValidateOnStart();
        services.AddSingleton<PushedRequests>();
        services.AddSingleton<RequestObjectReader>();
        services.AddSingleton<AuthorizationResponseJwt>();
        services
            .AddOptions<AuthorizationDetailsOptions>()
            .Bind(configuration.GetSection(AuthorizationDetailsOptions.Section))
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<AuthorizationDetailsOptions>, AuthorizationDetailsOptionsValidator>();
        services.AddSingleton<AuthorizationDetailsReader>();
        services
            .AddOptions<RegistrationOptions>()
            .Bind(configuration.GetSection(RegistrationOptions.Section))
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<RegistrationOptions>, RegistrationOptionsValidator>();
        services.AddSingleton<Core.Clients.RegistrationTokenStore>();
        services.AddSingleton<ClientRegistrations>();
        services.AddSingleton<RegistrationEndpoint>();
        services
            .AddOptions<ClientDocumentOptions>()
            .Bind(configuration.GetSection(ClientDocumentOptions.Section))
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<ClientDocumentOptions>, ClientDocumentOptionsValidator>();
        services.AddSingleton<ClientDocumentFetcher>();
        services.AddSingleton<Core.Clients.IClientDocuments, ClientDocuments>();
        services.AddDataProtection();
        services.AddSingleton<AuthorizeMarker>();
        services.AddProtocolCors();
        services.AddDeviceAuthorization();
        services.AddBackchannelAuthentication();

        services.AddSingleton<ILogoutTokenFactory, LogoutTokenFactory>();
        services.AddSingleton<ILogoutSender>(static provider => new BackchannelLogoutSender(
            provider.GetRequiredService<OutboundAddresses>()
        ));
        services.AddSingleton<FrontchannelLogout>();
        services.AddSingleton<IFrontchannelLogoutFrames, FrontchannelTickets>();
        services.AddLogout(configuration);
        services.AddSingleton<EndSessionAnswer>();
        return services.AddGrantRules();
    }

    // What is decided about a request, and what is written for a grant.
    private static IServiceCollection AddGrantRules(this IServiceCollection services)
    {
        services.AddSingleton<RingCredentials>();
        services.AddSingleton<AuthenticationMethods>();
        services.AddSingleton<IssueCode>();
        services.AddSingleton<SessionChoice>();
        services.AddSingleton<AuthorizationDecider>();
        services.AddSingleton<IAuthorizationInteraction, AuthorizationInteraction>();
        services.AddSingleton<AccessTokenWriter>();
        services.AddSingleton<ReferenceTokens>();
        services.AddSingleton<IdTokenHints>();
        services.AddSingleton<IdTokenWriter>();
        services.AddSingleton<IdTokenEncryption>();
        services.AddSingleton<TokenAnswers>();
        services.AddSingleton<ClientOwnTokens>();
        services.AddSingleton<RefreshRotations>();
        services.AddSingleton<CodeRedemptions>();
        services.AddSingleton<GrantIssuance>();
        services.AddSingleton<TokenKeys>();
        services.AddSingleton<ClaimsParameterRule>();
        services.AddSingleton<HintReader>();
        return services;
    }

    /// <summary>The middleware before any engine. Must come before authentication.</summary>
    public static void UseProtocolRules(this WebApplication app)
    {
        app.UseProtocolCors();
        app.UseMiddleware<MethodGuard>();
        app.UseMiddleware<RequestGuard>();
        app.UseMiddleware<RedirectPostToGet>();
        RegistrationEndpoint.Map(app);
        CheckSessionEndpoint.Map(app);
    }
}
