using Microsoft.Extensions.Logging;

namespace Identity.Core.Monitoring;

internal static partial class Log
{
    [LoggerMessage(
        EventId = 16001,
        Level = LogLevel.Error,
        Message = "Measuring failed; it is tried again at the next turn."
    )]
    public static partial void Failed(ILogger logger, Exception exception);
}
