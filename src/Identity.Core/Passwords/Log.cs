using Microsoft.Extensions.Logging;

namespace Identity.Core.Passwords;

internal static partial class Log
{
    [LoggerMessage(
        EventId = 2101,
        Level = LogLevel.Warning,
        Message = "The highest cost of stored password hashes could not be read; it is read again in a minute."
    )]
    public static partial void HighestCostUnknown(ILogger logger, Exception exception);
}
