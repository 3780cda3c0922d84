using Microsoft.Extensions.Logging;

namespace Identity.Core.Mail;

// Addresses and texts of mails are never logged: links carry tokens.
internal static partial class Log
{
    [LoggerMessage(
        EventId = 4001,
        Level = LogLevel.Information,
        Message = "Mail {Id} ({Kind}) was sent at attempt {Attempt}."
    )]
    public static partial void Sent(ILogger logger, Guid id, string kind, int attempt);

    [LoggerMessage(
        EventId = 4002,
        Level = LogLevel.Warning,
        Message = "Mail {Id} ({Kind}) could not be sent at attempt {Attempt} and waits: {Reason}."
    )]
    public static partial void Deferred(ILogger logger, Guid id, string kind, int attempt, string reason);

    [LoggerMessage(
        EventId = 4003,
        Level = LogLevel.Error,
        Message = "Mail {Id} ({Kind}) was given up because the mail server refuses it: {Reason}."
    )]
    public static partial void Abandoned(ILogger logger, Guid id, string kind, string reason);

    [LoggerMessage(
        EventId = 4004,
        Level = LogLevel.Warning,
        Message = "No mail is sent because Identity:Mail:Host is not set. Mails wait in the outbox."
    )]
    public static partial void NoServer(ILogger logger);

    [LoggerMessage(EventId = 4005, Level = LogLevel.Error, Message = "Sending mails was interrupted and restarts.")]
    public static partial void Interrupted(ILogger logger, Exception exception);
}
