namespace Identity.Server.Protocol;

// Protocol owns OAuth 2.0 and OpenID Connect, and is the only place that knows the engine (OpenIddict). It learns who is signed in from Browser and what was
// granted from Core.Grants; it draws no page.

internal static class ProtocolRegistration
{
    /// <summary>Adds the engine, its adapters and our rules.</summary>
    public static IServiceCollection AddProtocol(this IServiceCollection services, IConfiguration configuration, IHostEnvironment environment) => services;

    /// <summary>Adds what of the protocol is an endpoint or middleware of ours.</summary>
    public static void UseProtocol(this WebApplication app)
    {
    }
}
