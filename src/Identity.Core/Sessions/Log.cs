using Microsoft.Extensions.Logging;

namespace Identity.Core.Sessions;

internal static partial class Log
{
    [LoggerMessage(
        EventId = 17001,
        Level = LogLevel.Warning,
        Message = "The cache of sessions (Identity:SessionCache:Redis) does not answer ({Reason}): sessions are read "
            + "from the database, and the cache is tried again every few seconds."
    )]
    public static partial void CacheSilent(ILogger logger, string reason);

    [LoggerMessage(EventId = 17002, Level = LogLevel.Information, Message = "The cache of sessions answers again.")]
    public static partial void CacheAnswersAgain(ILogger logger);
}
