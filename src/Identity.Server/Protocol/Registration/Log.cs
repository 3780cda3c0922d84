namespace Identity.Server.Protocol.Registration;

internal static partial class Log
{
    [LoggerMessage(
        EventId = 3201,
        Level = LogLevel.Warning,
        Message = "The client metadata document at {Origin} was refused: {Reason}."
    )]
    public static partial void DocumentRefused(ILogger logger, string origin, string reason);
}
