using Microsoft.Extensions.Logging;

namespace Identity.Core.Denials;

internal static partial class Log
{
    [LoggerMessage(
        EventId = 3601,
        Level = LogLevel.Warning,
        Message = "The refusal {CorrelationId} could not be kept for 'identity explain': {Reason}"
    )]
    public static partial void NotKept(ILogger logger, string correlationId, string reason);
}
