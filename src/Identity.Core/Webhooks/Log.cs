using Microsoft.Extensions.Logging;

namespace Identity.Core.Webhooks;

internal static partial class Log
{
    [LoggerMessage(
        EventId = 3701,
        Level = LogLevel.Debug,
        Message = "Endpoint {EndpointId} acknowledged {Type} {EventIdentifier} (attempt {Attempt})."
    )]
    public static partial void Delivered(
        ILogger logger,
        Guid endpointId,
        string type,
        Guid eventIdentifier,
        int attempt
    );

    [LoggerMessage(
        EventId = 3702,
        Level = LogLevel.Warning,
        Message = "Endpoint {EndpointId} did not acknowledge {Type} {EventIdentifier} (attempt {Attempt}): status "
            + "{Status}, {Error}. The delivery is retried."
    )]
    public static partial void Failed(
        ILogger logger,
        Guid endpointId,
        string type,
        Guid eventIdentifier,
        int attempt,
        int? status,
        string? error
    );

    [LoggerMessage(
        EventId = 3703,
        Level = LogLevel.Warning,
        Message = "The delivery of events was interrupted and continues: {Reason}"
    )]
    public static partial void Interrupted(ILogger logger, string reason);

    [LoggerMessage(
        EventId = 3704,
        Level = LogLevel.Warning,
        Message = "Endpoint {EndpointId} answered 410 Gone and is disabled."
    )]
    public static partial void Disabled(ILogger logger, Guid endpointId);
}
