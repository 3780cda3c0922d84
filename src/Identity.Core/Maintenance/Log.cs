using Microsoft.Extensions.Logging;

namespace Identity.Core.Maintenance;

internal static partial class Log
{
    [LoggerMessage(
        EventId = 9001,
        Level = LogLevel.Information,
        Message = "Maintenance job {Job} processed {Rows} rows."
    )]
    public static partial void Treated(ILogger logger, string job, int rows);

    [LoggerMessage(
        EventId = 9002,
        Level = LogLevel.Error,
        Message = "Maintenance job {Job} failed; it runs again at its next scheduled time."
    )]
    public static partial void Failed(ILogger logger, string job, Exception exception);

    [LoggerMessage(
        EventId = 9003,
        Level = LogLevel.Warning,
        Message = "A long reader (a report, pg_dump) holds the audit log: its partitions are made and dropped "
            + "at the next turn."
    )]
    public static partial void Held(ILogger logger);
}
