namespace Identity.Server.Protocol.Engine;

/// <summary> The protocol engine that a host is composed with. Pages, Browser, Hosting, Commands and the rooms of Core
/// depend on this interface and no engine; only <c>Program</c> names one.
/// </summary>
internal interface IProtocolEngine
{
    /// <summary>The name of the product, for the operator.</summary>
    string Name { get; }

    /// <summary>The categories under which the engine logs, and the least level of each that is written, whatever level
    /// is set: engines log requests with all their content.</summary>
    IReadOnlyDictionary<string, LogLevel> LogLevels { get; }

    /// <summary>The configured features that this engine does not support; each fault begins with its
    /// setting.</summary>
    IEnumerable<string> Check(IConfiguration configuration);

    /// <summary>Adds the engine and its adapters. The rules that need no engine are already added.</summary>
    void Add(WebApplicationBuilder builder, Issuer issuer);

    /// <summary>Adds the engine's middleware, if it has any: after routing and the provider's own rules, before
    /// authentication.</summary>
    void Use(WebApplication app);
}
