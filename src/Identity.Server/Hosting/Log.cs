using Identity.Server.Pages.External;

namespace Identity.Server.Hosting;

internal static partial class Log
{
    [LoggerMessage(2001, LogLevel.Information, "Migration {Migration} was applied")]
    public static partial void MigrationApplied(ILogger logger, string migration);

    [LoggerMessage(2002, LogLevel.Information, "Identity {Version} serves {Issuer} ({Environment})")]
    public static partial void Started(ILogger logger, string version, string issuer, string environment);

    [LoggerMessage(
        2003,
        LogLevel.Warning,
        "DEVELOPMENT: demo people and clients are here, migrations run by themselves, keys were made on this machine. "
            + "Nobody else may use this provider"
    )]
    public static partial void DevelopmentBanner(ILogger logger);

    [LoggerMessage(
        2004,
        LogLevel.Information,
        "Stopping: {Delay} more while load balancers learn of it, then requests under way may end"
    )]
    public static partial void Draining(ILogger logger, TimeSpan delay);

    [LoggerMessage(
        2006,
        LogLevel.Warning,
        "This process may open only {Descriptors} files, so it takes {Connections} connections at once. "
            + "Raise the limit (ulimit -n, LimitNOFILE in systemd, ulimits in compose)"
    )]
    public static partial void FewDescriptors(ILogger logger, long descriptors, long connections);

    [LoggerMessage(2005, LogLevel.Critical, "The provider does not start")]
    public static partial void StartFailed(ILogger logger, Exception exception);

    [LoggerMessage(2010, LogLevel.Information, "{Method} {Route} {Status} in {Elapsed:0.0} ms from {Network}")]
    public static partial void Request(
        ILogger logger,
        string method,
        string route,
        int status,
        double elapsed,
        string network
    );

    [LoggerMessage(2011, LogLevel.Error, "{Method} {Route} failed")]
    public static partial void RequestFailed(ILogger logger, string method, string route, Exception exception);

    [LoggerMessage(2012, LogLevel.Warning, "{Method} {Route} could not be answered: {Reason}")]
    public static partial void RequestUnavailable(ILogger logger, string method, string route, string reason);

    [LoggerMessage(2013, LogLevel.Information, "A request was refused before it was read: {Reason}")]
    public static partial void RequestRefused(ILogger logger, string reason);

    [LoggerMessage(2014, LogLevel.Error, "The error page itself failed")]
    public static partial void ErrorPageFailed(ILogger logger, Exception exception);

    [LoggerMessage(
        2015,
        LogLevel.Warning,
        "A request from {Address} has forwarded headers, which are ignored: everybody behind that proxy shares its "
            + "address. If it is your proxy, name it in Identity:Proxies:Addresses, or its network in "
            + "Identity:Proxies:Networks"
    )]
    public static partial void ProxyNotNamed(ILogger logger, string address);

    [LoggerMessage(
        2016,
        LogLevel.Warning,
        "Requests come for the host {Host}, which is not served; the issuer is {Issuer}. To serve that name as well, "
            + "add it to Identity:Hosts"
    )]
    public static partial void HostNotServed(ILogger logger, string host, Uri issuer);

    [LoggerMessage(2020, LogLevel.Warning, "Not ready: {Reasons}")]
    public static partial void NotReady(ILogger logger, string reasons);

    [LoggerMessage(2021, LogLevel.Information, "Ready again. It was not: {Reasons}")]
    public static partial void ReadyAgain(ILogger logger, string reasons);
}
