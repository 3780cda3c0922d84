using OpenIddict.Server;

namespace Identity.Server.Protocol.Engine;

internal static partial class Log
{
    [LoggerMessage(
        EventId = 6001,
        Message = "{Endpoint} refused a request: rule {Rule}, {Error} ({Description}); client {ClientId}, "
            + "expected {Expected}, received {Received}, trace {TraceId}."
    )]
    public static partial void Denied(
        ILogger logger,
        LogLevel level,
        OpenIddictServerEndpointType endpoint,
        string rule,
        string? error,
        string? description,
        string? clientId,
        string? expected,
        string? received,
        string? traceId
    );

    [LoggerMessage(
        EventId = 6002,
        Level = LogLevel.Warning,
        Message = "{Path} refused a request before reading it: {Problem}, trace {TraceId}."
    )]
    public static partial void Malformed(ILogger logger, string path, string problem, string? traceId);
}
