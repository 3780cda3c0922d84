using Identity.Server.Protocol.Endpoints.Discovery;
using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Engine.Stores;
using Identity.Server.Protocol.Grants;
using Identity.Server.Protocol.Grants.Direct;
using Identity.Server.Protocol.Grants.Polling;
using Microsoft.Extensions.Options;
using OpenIddict.Server;

namespace Identity.Server.Protocol;

// Protocol owns OAuth 2.0 and OpenID Connect, and is the only place that knows the engine (OpenIddict). Browser tells
// it who is signed in, Core.Grants what was granted; it shows no page.
//
// The engine parses requests, authenticates clients and checks what they may do; every additional rule is one handler,
// and ProtocolPipeline lists them in order. Codes, refresh tokens and access tokens are this provider's own: the engine
// stores nothing.

/// <summary>OpenIddict, version 7.8.0.</summary>
internal sealed class OpenIddictEngine : IProtocolEngine
{
    public string Name => "OpenIddict";

    public IReadOnlyDictionary<string, LogLevel> LogLevels { get; } =
        new Dictionary<string, LogLevel> { ["OpenIddict"] = LogLevel.Warning };

    /// <summary>It supports everything that can be configured.</summary>
    public IEnumerable<string> Check(IConfiguration configuration) => [];

    public void Add(WebApplicationBuilder builder, Issuer issuer)
    {
        var services = builder.Services;
        services.AddSingleton<GrantAnswer>();
        services.AddSingleton<EngineClientStore>();
        services.AddEngine(issuer);
        services.AddMetadata();
        services.AddSingleton<PollAnswer>();
        // After the engine's own validation, which would refuse device endpoints because it stores no codes here
        // (Core.Grants does).
        services.AddSingleton<IPostConfigureOptions<OpenIddictServerOptions>, ExtensionGrantSwitches>();
    }

    /// <summary>It answers as an authentication handler. Public documents are cached before it, and the most frequent
    /// token requests are granted before it.</summary>
    public void Use(WebApplication app) => app.UseMiddleware<MetadataCache>().UseMiddleware<DirectTokens>();
}
