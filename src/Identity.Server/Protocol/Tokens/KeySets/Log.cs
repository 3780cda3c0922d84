namespace Identity.Server.Protocol.Tokens.KeySets;

internal static partial class Log
{
    [LoggerMessage(
        EventId = 3101,
        Level = LogLevel.Warning,
        Message = "A client's document at {Origin} (key set or sector identifier) could not be fetched: {Reason}."
    )]
    public static partial void NotFetched(ILogger logger, string origin, string reason);
}
