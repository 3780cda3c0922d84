using Microsoft.Extensions.Logging;

namespace Identity.Core.Logout;

internal static partial class Log
{
    [LoggerMessage(
        EventId = 3501,
        Level = LogLevel.Information,
        Message = "Client {ClientId} was told that session {SessionId} ended (attempt {Attempt})."
    )]
    public static partial void Delivered(ILogger logger, string clientId, Guid sessionId, int attempt);

    [LoggerMessage(
        EventId = 3502,
        Level = LogLevel.Warning,
        Message = "Client {ClientId} could not be told that session {SessionId} ended (attempt {Attempt}): status "
            + "{Status}, {Error}. The delivery is retried."
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
        Message = "The delivery of logout notifications was interrupted and continues: {Reason}"
    )]
    public static partial void Interrupted(ILogger logger, string reason);
}
