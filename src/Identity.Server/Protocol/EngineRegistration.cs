using Identity.Core.SignUp;
using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Engine.Dispatch;
using Identity.Server.Protocol.Engine.Keys;
using Identity.Server.Protocol.Engine.Stores;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Identity.Server.Protocol;

/// <summary>The engine's settings. Each that differs from its default closes a gap that the default leaves
/// open.</summary>
internal static class EngineRegistration
{
    // RFC 7617 section 2 asks for one in every challenge. A name and not an address, so that it survives a move.
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
                // PKCE is required per client: EngineClientStore, and ValidateCodeChallenge.
                server.DisableAccessTokenEncryption();
                // This provider stores codes, refresh tokens and their families itself.
                server.DisableTokenStorage().DisableAuthorizationStorage();
                // Scopes are checked here too, by the client: RequireRegisteredScopes.
                server.DisableScopeValidation().IgnoreScopePermissions();
                // So are resources: ResourceIndicators.
                server.DisableResourceValidation().IgnoreResourcePermissions();
                server.Configure(Configure);
                var aspNetCore = server.UseAspNetCore().SuppressJsonResponseIndentation().SetRealm(Realm);
                if (issuer.IsInsecureLoopback)
                    aspNetCore.DisableTransportSecurityRequirement();
                ProtocolPipeline.Add(server);
            });
        services
            .AddOptions<OpenIddictServerOptions>()
            .Configure<IOptions<SignUpOptions>>(static (options, signUp) => OfferSignUp(options, signUp.Value));
        services.AddEngineKeys();
        services.AddSingleton(new RegisteredSingletons(services));
        services.AddSingleton<HandlerIndex>();
        services.Replace(ServiceDescriptor.Scoped<IOpenIddictServerDispatcher, IndexedDispatcher>());
        // Whatever the log level: the engine logs every request with all its fields, including code verifiers.
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
        // Only S256: with plain, anyone who reads the request could redeem the code (OA-2).
        options.CodeChallengeMethods.Clear();
        options.CodeChallengeMethods.Add(CodeChallengeMethods.Sha256);
        // All known modes; each client may use those that it registered (RequireRegisteredResponseMode).
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

    // Initiating User Registration via OpenID Connect 1.0: offered, and listed in discovery, only while people may sign
    // up.
    private static void OfferSignUp(OpenIddictServerOptions options, SignUpOptions signUp)
    {
        if (signUp.IsOpen)
            options.PromptValues.Add(Requests.Authorization.AuthorizationParameters.CreatePrompt);
    }

    private static string Relative(string path) => path.TrimStart('/');
}
