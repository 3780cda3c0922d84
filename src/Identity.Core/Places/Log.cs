using Microsoft.Extensions.Logging;

namespace Identity.Core.Places;

internal static partial class Log
{
    [LoggerMessage(
        EventId = 16001,
        Level = LogLevel.Information,
        Message = "The file of {Setting} is in use: {Description}."
    )]
    public static partial void Loaded(ILogger logger, string setting, string description);

    [LoggerMessage(
        EventId = 16002,
        Level = LogLevel.Warning,
        Message = "The file of {Setting} is not in use: {Fault}. What was read before, if anything, stays in use."
    )]
    public static partial void Refused(ILogger logger, string setting, string fault);
}
