using Microsoft.Extensions.Logging;

namespace Identity.Core.People;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Error, "Accounts that are due to be deactivated were not; the next minute tries again.")]
    public static partial void ScheduleFailed(ILogger logger, Exception failure);

    [LoggerMessage(
        2,
        LogLevel.Warning,
        "{UserId} was to be deactivated by now and is the last administrator. The next attempt is in {Delay}: make "
            + "somebody else an administrator first."
    )]
    public static partial void LastAdministratorStays(ILogger logger, Guid userId, TimeSpan delay);
}
