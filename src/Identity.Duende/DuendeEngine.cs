using Duende.IdentityServer.Configuration;
using Identity.DuendeHost.Clients;
using Identity.DuendeHost.Requests;
using Identity.Server.Browser;
using Identity.Server.Protocol.Engine;
using Microsoft.AspNetCore.Builder;

namespace Identity.DuendeHost;

// DuendeHost is the provider on Duende IdentityServer: the same rooms, pages and settings, another engine. Duende
// parses, authenticates clients and validates; what a code, a refresh token, a session or a consent is, stays one
// statement of a room each.

/// <summary>Duende IdentityServer, version 7.4.</summary>
internal sealed class DuendeEngine : IProtocolEngine
{
    public string Name => "Duende IdentityServer";

    /// <summary>Validators and stores write whole requests beside their errors, with codes and verifiers; refusals are
    /// logged by <see cref="Refusals"/>. What Duende says about its licence stays visible.</summary>
    public IReadOnlyDictionary<string, LogLevel> LogLevels { get; } =
        new Dictionary<string, LogLevel>
        {
            ["Duende"] = LogLevel.Warning,
            ["Duende.IdentityServer.Endpoints"] = LogLevel.Critical,
            ["Duende.IdentityServer.Services"] = LogLevel.Critical,
            ["Duende.IdentityServer.Stores"] = LogLevel.Critical,
            ["Duende.IdentityServer.Validation"] = LogLevel.Critical,
        };

    public IEnumerable<string> Check(IConfiguration configuration) => UnsupportedFeatures.Of(configuration);

    public void Add(WebApplicationBuilder builder, Issuer issuer) =>
        builder.Services.AddDuende(builder.Configuration, issuer);

    /// <summary>Sessions are read where a request needs one, so the authentication step is empty.</summary>
    public void Use(WebApplication app) =>
        app.UseMiddleware<Door>()
            .UseIdentityServer(new IdentityServerMiddlewareOptions { AuthenticationMiddleware = static _ => { } });
}

/// <summary>Names this program to hosts of tests.</summary>
public static class DuendeProgram;
