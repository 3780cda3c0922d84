using Microsoft.Extensions.Logging;

namespace Identity.Core.Detection;

internal static partial class Log
{
    [LoggerMessage(
        EventId = 15001,
        Level = LogLevel.Warning,
        Message = "Alert {Rule} for '{Subject}': {Value}, where {Threshold} is the most, since {Since}. "
            + "Look after it with: identity alerts ack {Id}"
    )]
    public static partial void Opened(
        ILogger logger,
        string rule,
        string subject,
        long value,
        long threshold,
        DateTimeOffset since,
        Guid id
    );

    [LoggerMessage(
        EventId = 15002,
        Level = LogLevel.Error,
        Message = "Detection failed; the next run looks at this time too."
    )]
    public static partial void Failed(ILogger logger, Exception exception);
}
