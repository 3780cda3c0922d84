using Microsoft.Extensions.Logging;

namespace Identity.Core.People;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Error, "Accounts that are due to be deactivated were not; the next minute tries again.")]
    public static partial void ScheduleFailed(ILogger logger, Exception failure);
}
