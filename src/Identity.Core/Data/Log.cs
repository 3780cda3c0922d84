using Microsoft.Extensions.Logging;

namespace Identity.Core.Data;

internal static partial class Log
{
    [LoggerMessage(
        1001,
        LogLevel.Information,
        "PostgreSQL {Version} is ready on port {Port} with its data in {Folder}"
    )]
    public static partial void ClusterReady(ILogger logger, string folder, int port, int version);

    [LoggerMessage(
        1002,
        LogLevel.Warning,
        "A server was already running on {Folder} (port {Port}): a host before this one was killed, or another one "
            + "runs beside it. It is used as it is"
    )]
    public static partial void ClusterTakenOver(ILogger logger, string folder, int port);

    [LoggerMessage(
        1003,
        LogLevel.Warning,
        "The user that PostgreSQL runs as cannot reach {Folder}: its data stands in {Elsewhere} instead"
    )]
    public static partial void ClusterElsewhere(ILogger logger, string folder, string elsewhere);
}
