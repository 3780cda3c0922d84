using Duende.IdentityServer.Configuration;
using Duende.IdentityServer.Endpoints.Results;
using Duende.IdentityServer.Hosting;
using Duende.IdentityServer.ResponseHandling;
using Duende.IdentityServer.Services;
using Duende.IdentityServer.Stores;
using Duende.IdentityServer.Validation;
using Identity.Core.Grants;
using Identity.Core.SignUp;
using Identity.DuendeHost.Authorize;
using Identity.DuendeHost.Clients;
using Identity.DuendeHost.Discovery;
using Identity.DuendeHost.Grants;
using Identity.DuendeHost.Logout;
using Identity.DuendeHost.Requests;
using Identity.DuendeHost.Resources;
using Identity.Server.Browser;
using Identity.Server.Protocol.Clients;
using Identity.Server.Protocol.Endpoints.Discovery;
using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Engine.Metadata;
using Identity.Server.Protocol.Extensions.ClaimsParameter;
using Identity.Server.Protocol.Extensions.Dpop;
using Identity.Server.Protocol.Extensions.Par;
using Identity.Server.Protocol.Extensions.Subjects;
using Identity.Server.Protocol.Grants.Device;
using Identity.Server.Protocol.Logout.Channels;
using Identity.Server.Protocol.Logout.SessionManagement;
using Microsoft.Extensions.Options;
using Endpoint = Duende.IdentityServer.Hosting.Endpoint;
using IPersistedGrantStore = Duende.IdentityServer.Stores.IPersistedGrantStore;
using IProfileService = Duende.IdentityServer.Services.IProfileService;
using PushedAuthorizationOptions = Identity.Server.Protocol.Extensions.Par.PushedAuthorizationOptions;
using StoredRequests = Identity.DuendeHost.Authorize.StoredRequests;

namespace Identity.DuendeHost;

/// <summary> Duende's services, part by part: without its cookies, sessions, key management and stores in memory, each
/// of which would be a second truth. Ours come first where Duende keeps what is there, and last where it adds.
/// </summary>
internal static class DuendeServices
{
    public const string LicenseKey = "Duende:LicenseKey";

    private const int MaxAddress = 2_000;
    private const int MaxHint = 320;
    private const int MaxProof = 8_192;

    public static void AddDuende(this IServiceCollection services, IConfiguration configuration, Issuer issuer)
    {
        services.AddScoped<RequestState>();
        services.AddScoped<Refusals>();
        services.AddAdapters();
        services.AddParts();
        services.AddWriters();
        services.AddMetadataParts();
        services
            .AddOptions<IdentityServerOptions>()
            .Configure<IServiceProvider>((options, all) => Configure(options, issuer, all));
        services.Configure<IdentityServerOptions>(options => options.LicenseKey = configuration[LicenseKey]);
        services.UseOwnPaths();
    }

    // Each replaces a default of Duende's.
    private static void AddAdapters(this IServiceCollection services)
    {
        services.AddSingleton<IClientStore, RegistryClients>();
        services.AddSingleton<IRedirectUriValidator, RedirectUris>();
        services.AddSingleton<ICorsPolicyService, NoCors>();
        services.AddSingleton<IResourceStore, CatalogResources>();
        services.AddSingleton<IResourceValidator, RegisteredScopes>();
        services.AddSingleton<IKeyMaterialService, RingKeys>();
        services.AddSingleton<NoGrantStore>();
        services.AddSingleton<IPersistedGrantStore>(static all => all.GetRequiredService<NoGrantStore>());
        services.AddSingleton<IDeviceFlowStore>(static all => all.GetRequiredService<NoGrantStore>());
        services.AddSingleton<IPushedAuthorizationRequestStore>(static all => all.GetRequiredService<NoGrantStore>());
        services.AddTransient<ICustomAuthorizeRequestValidator, AuthorizeRules>();
        services.AddTransient<IAuthorizeInteractionResponseGenerator, Interaction>();
        services.AddTransient<IAuthorizeResponseGenerator, CodeResponses>();
        services.AddTransient<IPushedAuthorizationService, StoredRequests>();
        services.AddTransient<IPushedAuthorizationResponseGenerator, PushedResponses>();
        services.AddTransient<Redemptions>();
        services.AddTransient<IAuthorizationCodeStore, Codes>();
        services.AddTransient<IRefreshTokenService, Rotations>();
        services.AddTransient<IDPoPProofValidator, Proofs>();
        services.AddTransient<IDeviceAuthorizationResponseGenerator, DeviceRequests>();
        services.AddTransient<IDeviceCodeValidator, DevicePolls>();
        services.AddTransient<ICustomTokenRequestValidator, TokenRules>();
        services.AddTransient<ITokenResponseGenerator, TokenResponses>();
        services.AddSingleton<AccessTokens>();
        services.AddTransient<IProfileService, Profiles>();
        services.AddTransient<ICustomTokenValidator, BoundTokens>();
        services.AddTransient<IUserInfoResponseGenerator, UserInfoResponses>();
        services.AddTransient<ITokenRevocationResponseGenerator, Revocations>();
        services.AddTransient<IIntrospectionRequestValidator, IntrospectionRequests>();
        services.AddTransient<IIntrospectionResponseGenerator, Introspections>();
        services.AddSingleton<IEndSessionRequestValidator, EndSessionRequests>();
        services.AddTransient<IDiscoveryResponseGenerator, Metadata>();
    }

    private static void AddParts(this IServiceCollection services)
    {
        services
            .AddIdentityServerBuilder()
            .AddRequiredPlatformServices()
            .AddCoreServices()
            .AddDefaultEndpoints()
            .AddPluggableServices()
            .AddValidators()
            .AddResponseGenerators()
            .AddDefaultSecretParsers()
            .AddDefaultSecretValidators();
        // Its middleware asks for these options; there are no dynamic providers.
        services.AddTransient(static all => all.GetRequiredService<IdentityServerOptions>().DynamicProviders);
        services.AddScoped<IUserSession, BrowserUserSession>();
        services.AddTransient<ISecretParser, JwtBearerClientAssertionSecretParser>();
        services.AddTransient<ISecretValidator, AssertionSecrets>();
        services.AddTransient<ClientSecretValidator>();
        services.AddTransient<IClientSecretValidator, ClientAuthentication>();
        services.AddScoped<IServerUrls, IssuerUrls>();
        services.AddScoped<IIssuerNameService, IssuerName>();
    }

    private static void AddWriters(this IServiceCollection services)
    {
        services.AddTransient<IHttpResponseWriter<AuthorizeInteractionPageResult>, PageRedirects>();
        services.AddTransient<IHttpResponseWriter<AuthorizeResult>, AuthorizeAnswers>();
        services.AddTransient<IHttpResponseWriter<PushedAuthorizationErrorResult>, PushedErrors>();
        services.AddTransient<IHttpResponseWriter<TokenErrorResult>, TokenErrors>();
        services.AddTransient<IHttpResponseWriter<TokenRevocationErrorResult>, RevocationErrors>();
        services.AddTransient<IHttpResponseWriter<ProtectedResourceErrorResult>, ResourceErrors>();
        services.AddTransient<IHttpResponseWriter<EndSessionResult>, EndSessionAnswers>();
        services.AddTransient<IHttpResponseWriter<StatusCodeResult>, StatusAnswers>();
    }

    private static void AddMetadataParts(this IServiceCollection services)
    {
        services.AddSingleton<IMetadataContributor, ClaimsParameterMetadata>();
        services.AddSingleton<IMetadataContributor, ClientAuthenticationMetadata>();
        services.AddSingleton<IMetadataContributor, DeviceAuthorizationMetadata>();
        services.AddSingleton<IMetadataContributor, DiscoveryMetadata>();
        services.AddSingleton<IMetadataContributor, DpopMetadata>();
        services.AddSingleton<IMetadataContributor, LogoutMetadata>();
        services.AddSingleton<IMetadataContributor, PushedAuthorizationMetadata>();
        services.AddSingleton<IMetadataContributor, SessionManagementMetadata>();
        services.AddSingleton<IMetadataContributor, SubjectTypeMetadata>();
    }

    private static void Configure(IdentityServerOptions options, Issuer issuer, IServiceProvider all)
    {
        options.IssuerUri = issuer.Value;
        options.LowerCaseIssuerUri = false;
        options.KeyManagement.Enabled = false;
        options.JwtValidationClockSkew = TimeSpan.Zero;
        options.Authentication.CookieAuthenticationScheme = BrowserSession.Scheme;
        options.Endpoints.EnableBackchannelAuthenticationEndpoint = false;
        options.Endpoints.EnableCheckSessionEndpoint = false;
        options.Endpoints.EnableDeviceAuthorizationEndpoint = all.GetRequiredService<
            IOptions<GrantOptions>
        >().Value.DeviceAuthorization;
        options.Endpoints.EnableJwtRequestUri = false;
        options.PushedAuthorization.Required = all.GetRequiredService<
            IOptions<PushedAuthorizationOptions>
        >().Value.Required;
        options.Discovery.ResponseCacheInterval = 3600;
        // The provider limits requests as a whole; these would refuse what its clients may register.
        options.InputLengthRestrictions.RedirectUri = MaxAddress;
        options.InputLengthRestrictions.Scope = MaxAddress;
        options.InputLengthRestrictions.LoginHint = MaxHint;
        options.InputLengthRestrictions.UiLocale = MaxHint;
        options.InputLengthRestrictions.ClientSecret = MaxAddress;
        options.InputLengthRestrictions.DPoPProofToken = MaxProof;
        // Preflights are answered before any engine.
        options.Cors.CorsPaths.Clear();
        options.UserInteraction.PromptValuesSupported.Clear();
        foreach (var prompt in new[] { "none", "login", "consent", "select_account" })
            options.UserInteraction.PromptValuesSupported.Add(prompt);
        if (all.GetRequiredService<IOptions<SignUpOptions>>().Value.IsOpen)
            options.UserInteraction.PromptValuesSupported.Add("create");
    }

    // The addresses that clients of either engine know. Duende's callbacks, which nothing here leads to, have none.
    private static void UseOwnPaths(this IServiceCollection services)
    {
        Dictionary<string, string> own = new(StringComparer.OrdinalIgnoreCase)
        {
            ["/connect/revocation"] = EndpointPaths.Revocation,
            ["/connect/endsession"] = EndpointPaths.EndSession,
            ["/connect/deviceauthorization"] = EndpointPaths.DeviceAuthorization,
            ["/.well-known/openid-configuration/jwks"] = EndpointPaths.JsonWebKeySet,
        };
        var all = services.Where(static one => one.ServiceType == typeof(Endpoint)).ToArray();
        var discovery = all.Select(EndpointOf).Single(static one => one.Path == EndpointPaths.Configuration);
        foreach (var descriptor in all)
        {
            var endpoint = EndpointOf(descriptor);
            if (endpoint.Path.Value!.EndsWith("/callback", StringComparison.OrdinalIgnoreCase))
                services.Remove(descriptor);
            else if (endpoint.Path == EndpointPaths.AuthorizationServer)
                // Duende compares the issuer with the host that the request names.
                (endpoint.Handler, endpoint.IsMatch) = (
                    discovery.Handler,
                    static http => http.Request.Path.Equals(EndpointPaths.AuthorizationServer)
                );
            else if (own.TryGetValue(endpoint.Path.Value, out var path))
                endpoint.Path = path;
        }

        static Endpoint EndpointOf(ServiceDescriptor descriptor) => (Endpoint)descriptor.ImplementationInstance!;
    }
}
