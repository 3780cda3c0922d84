using Identity.Core.Grants;
using Identity.Server.Protocol.Endpoints.Authorize;
using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Engine.Stores;
using Identity.Server.Protocol.Grants;
using Identity.Server.Protocol.Grants.Ciba;
using Identity.Server.Protocol.Grants.Polling;
using Identity.Server.Protocol.Logout.SessionManagement;
using Identity.Server.Protocol.Registration;
using Identity.Server.Protocol.Requests.Cors;
using Identity.Server.Protocol.Requests.Parsing;
using Identity.Server.Protocol.Requests.Resumption;
using Identity.Server.Protocol.Tokens.AccessTokens;
using Identity.Server.Protocol.Tokens.IdTokens;
using Microsoft.Extensions.Options;
using OpenIddict.Server;

namespace Identity.Server.Protocol;

// Protocol owns OAuth 2.0 and OpenID Connect, and is the only place that knows the engine (OpenIddict). It learns who
// is signed in from Browser and what was
// granted from Core.Grants; it draws no page.
//
// The engine parses requests, authenticates clients and checks what they may do; every rule of ours is one handler, and
// ProtocolPipeline is the one table of
// them in order. What a code, a refresh token or an access token is, is ours: the engine stores nothing.

internal static class ProtocolRegistration
{
    /// <summary>Adds the engine, its adapters and our rules. The setting is <c>Identity:Issuer</c>.</summary>
    public static IServiceCollection AddProtocol(
        this IServiceCollection services,
        IConfiguration configuration,
        IHostEnvironment environment
    )
    {
        var issuer = Issuer.Read(configuration, environment);
        services.AddSingleton(issuer);
        services.AddSingleton<AccessTokenWriter>();
        services.AddSingleton<IdTokenWriter>();
        services.AddSingleton<IdTokenEncryption>();
        services.AddSingleton<ReferenceTokens>();
        services.AddSingleton<GrantAnswer>();
        services.AddSingleton<AuthorizeMarker>();
        services.AddSingleton<IssueCode>();
        services.AddSingleton<IAuthorizationInteraction, AuthorizationInteraction>();
        services.AddDataProtection();
        services.AddSingleton<EngineClientStore>();
        services.AddProtocolCors();
        services.AddEngine(issuer);
        services.AddMetadata();
        services.AddSingleton<PollAnswer>();
        services.AddSingleton<HintReader>();
        // After the engine's own: it would refuse device endpoints, for it keeps no codes here (ours are in
        // Core.Grants).
        services.AddSingleton<IPostConfigureOptions<OpenIddictServerOptions>, ExtensionGrantSwitches>();
        return services;
    }

    /// <summary>Adds what stands before the engine. Must come before authentication, for there the engine
    /// answers.</summary>
    public static void UseProtocol(this WebApplication app)
    {
        app.UseProtocolCors();
        app.UseMiddleware<RequestGuard>();
        app.UseMiddleware<RedirectPostToGet>();
        RegistrationEndpoint.Map(app);
        CheckSessionEndpoint.Map(app);
    }
}
