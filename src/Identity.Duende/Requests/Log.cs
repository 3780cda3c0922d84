namespace Identity.DuendeHost.Requests;

internal static partial class Log
{
    [LoggerMessage(
        EventId = 6101,
        Level = LogLevel.Warning,
        Message = "{Endpoint} refused a request: rule {Rule}, {Error}; client {ClientId}, "
            + "expected {Expected}, received {Received}, trace {TraceId}."
    )]
    public static partial void Refused(
        ILogger logger,
        string endpoint,
        string rule,
        string? error,
        string? clientId,
        string? expected,
        string? received,
        string? traceId
    );

    [LoggerMessage(EventId = 6102, Level = LogLevel.Warning, Message = "The client {ClientId} is not served: {Reason}")]
    public static partial void ClientNotServed(ILogger logger, string clientId, string reason);
}
