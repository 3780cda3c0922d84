namespace Identity.Server.Protocol.Engine;

/// <summary>
/// The protocol engine that a host is composed with. Pages, Browser, Hosting, Commands and the rooms of Core know this
/// interface and no engine; <c>Program</c> alone names one.
/// </summary>
internal interface IProtocolEngine
{
    /// <summary>The name of the product, for the operator.</summary>
    string Name { get; }

    /// <summary>The categories under which the engine logs. They stay at Warning whatever level is set: engines log
    /// requests with everything in them.</summary>
    IReadOnlyList<string> LogSources { get; }

    /// <summary>What this engine cannot do of what is configured; each fault begins with its setting.</summary>
    IEnumerable<string> Check(IConfiguration configuration);

    /// <summary>Adds the engine and its adapters. The rules that need no engine are there already.</summary>
    void Add(WebApplicationBuilder builder, Issuer issuer);

    /// <summary>Adds the engine's middleware, if it has any: after routing and our own rules, before
    /// authentication.</summary>
    void Use(WebApplication app);
}
