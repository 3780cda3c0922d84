using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Engine.Dispatch;
using Identity.Server.Protocol.Engine.Keys;
using Identity.Server.Protocol.Engine.Stores;
using Microsoft.Extensions.DependencyInjection.Extensions;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Identity.Server.Protocol;

/// <summary>The engine's settings. Each that differs from its default closes something that the default leaves
/// open.</summary>
internal static class EngineRegistration
{
    // RFC 7617 section 2 asks for one in every challenge. A name, not an address: one that moves keeps it.
    private const string Realm = "identity";

    public static void AddEngine(this IServiceCollection services, Issuer issuer)
    {
        services
            .AddOpenIddict()
            .AddCore(core =>
            {
                core.SetDefaultApplicationEntity<EngineClient>();
                core.ReplaceApplicationStore<EngineClient, EngineClientStore>(ServiceLifetime.Singleton);
                core.ReplaceApplicationManager<EngineClient, EngineClientManager>();
                core.DisableEntityCaching().DisableAdditionalFiltering();
            })
            .AddServer(server =>
            {
                server.SetIssuer(issuer.BaseUri);
                SetEndpoints(server);
                server.AllowAuthorizationCodeFlow().AllowRefreshTokenFlow().AllowClientCredentialsFlow();
                // PKCE is a requirement of each client: EngineClientStore, and ValidateCodeChallenge.
                server.DisableAccessTokenEncryption();
                // Codes, refresh tokens and their families are ours.
                server.DisableTokenStorage().DisableAuthorizationStorage();
                // Scopes are ours to judge too, by the client at hand: RequireRegisteredScopes.
                server.DisableScopeValidation().IgnoreScopePermissions();
                // So are resources: ResourceIndicators.
                server.DisableResourceValidation().IgnoreResourcePermissions();
                server.Configure(Configure);
                var aspNetCore = server.UseAspNetCore().SuppressJsonResponseIndentation().SetRealm(Realm);
                if (issuer.IsInsecureLoopback)
                    aspNetCore.DisableTransportSecurityRequirement();
                ProtocolPipeline.Add(server);
            });
        services.AddEngineKeys();
        services.AddSingleton(new RegisteredSingletons(services));
        services.AddSingleton<HandlerIndex>();
        services.Replace(ServiceDescriptor.Scoped<IOpenIddictServerDispatcher, IndexedDispatcher>());
        // Whatever logging is set up: the engine tells of every request with all its fields, code verifiers among them.
        services.AddSingleton<ILogger<OpenIddictServerDispatcher>, QuietEngineLogger>();
    }

    private static void SetEndpoints(OpenIddictServerBuilder server) =>
        server
            .SetAuthorizationEndpointUris(Relative(EndpointPaths.Authorize))
            .SetPushedAuthorizationEndpointUris(Relative(EndpointPaths.PushedAuthorization))
            .SetTokenEndpointUris(Relative(EndpointPaths.Token))
            .SetUserInfoEndpointUris(Relative(EndpointPaths.UserInfo))
            .SetIntrospectionEndpointUris(Relative(EndpointPaths.Introspection))
            .SetRevocationEndpointUris(Relative(EndpointPaths.Revocation))
            .SetEndSessionEndpointUris(Relative(EndpointPaths.EndSession))
            .SetConfigurationEndpointUris(
                Relative(EndpointPaths.Configuration),
                Relative(EndpointPaths.AuthorizationServer)
            )
            .SetJsonWebKeySetEndpointUris(Relative(EndpointPaths.JsonWebKeySet));

    private static void Configure(OpenIddictServerOptions options)
    {
        // S256 alone: plain would let whoever reads the request redeem the code (OA-2).
        options.CodeChallengeMethods.Clear();
        options.CodeChallengeMethods.Add(CodeChallengeMethods.Sha256);
        // What is known at all; each client has those that it registered (RequireRegisteredResponseMode).
        options.ResponseModes.Clear();
        options.ResponseModes.UnionWith(Core.Clients.ClientResponseMode.All);
        options.ClientAuthenticationMethods.Clear();
        options.ClientAuthenticationMethods.UnionWith([
            ClientAuthenticationMethods.ClientSecretBasic,
            ClientAuthenticationMethods.ClientSecretPost,
            ClientAuthenticationMethods.PrivateKeyJwt,
        ]);
        options.ClientAssertionTypes.Clear();
        options.ClientAssertionTypes.Add(ClientAssertionTypes.JwtBearer);
        options.PromptValues.Clear();
        options.PromptValues.UnionWith([
            PromptValues.None,
            PromptValues.Login,
            PromptValues.Consent,
            PromptValues.SelectAccount,
        ]);
        options.TokenValidationParameters.ClockSkew = TimeSpan.Zero;
    }

    private static string Relative(string path) => path.TrimStart('/');
}
