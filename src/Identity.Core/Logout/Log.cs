using Microsoft.Extensions.Logging;

namespace Identity.Core.Logout;

internal static partial class Log
{
    [LoggerMessage(
        EventId = 3501,
        Level = LogLevel.Information,
        Message = "Client {ClientId} has heard that session {SessionId} is over (attempt {Attempt})."
    )]
    public static partial void Delivered(ILogger logger, string clientId, Guid sessionId, int attempt);

    [LoggerMessage(
        EventId = 3502,
        Level = LogLevel.Warning,
        Message = "Client {ClientId} did not hear that session {SessionId} is over (attempt {Attempt}): status {Status}, {Error}. It is tried again."
    )]
    public static partial void Failed(
        ILogger logger,
        string clientId,
        Guid sessionId,
        int attempt,
        int? status,
        string? error
    );

    [LoggerMessage(
        EventId = 3503,
        Level = LogLevel.Warning,
        Message = "The delivery of logout news was interrupted and goes on: {Reason}"
    )]
    public static partial void Interrupted(ILogger logger, string reason);
}
