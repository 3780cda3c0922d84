using Microsoft.Extensions.Logging;

namespace Identity.Core.Languages;

internal static partial class Log
{
    [LoggerMessage(EventId = 22001, Level = LogLevel.Warning, Message = "{Place}: {Problem}")]
    public static partial void Faulty(ILogger logger, string place, string problem);

    [LoggerMessage(
        EventId = 22002,
        Level = LogLevel.Warning,
        Message = "{Count} more faults of the texts. Run: identity texts check"
    )]
    public static partial void MoreFaults(ILogger logger, int count);
}
