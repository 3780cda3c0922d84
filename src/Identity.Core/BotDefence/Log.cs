using Microsoft.Extensions.Logging;

namespace Identity.Core.BotDefence;

internal static partial class Log
{
    [LoggerMessage(
        LogLevel.Information,
        "A form was held back: its answer to the challenge {Kind} does not hold ({Reason})."
    )]
    public static partial void ChallengeRefused(ILogger logger, string kind, string reason);

    [LoggerMessage(LogLevel.Warning, "The challenge {Kind} could not be judged: {Reason}.")]
    public static partial void ChallengeUnavailable(ILogger logger, string kind, string reason);

    [LoggerMessage(LogLevel.Information, "The challenge {Kind} can be judged again.")]
    public static partial void ChallengeAvailable(ILogger logger, string kind);
}
