using Microsoft.Extensions.Logging;

namespace Identity.Core.Keys;

internal static partial class Log
{
    [LoggerMessage(
        EventId = 8001,
        Level = LogLevel.Error,
        Message = "Signing keys could not be read and are neither published nor used here. {Faults}"
    )]
    public static partial void KeysUnreadable(ILogger logger, string faults);

    [LoggerMessage(
        EventId = 8002,
        Level = LogLevel.Error,
        Message = "The signing keys changed, and their users could not be updated."
    )]
    public static partial void FollowerFailed(ILogger logger, Exception exception);

    [LoggerMessage(
        EventId = 8003,
        Level = LogLevel.Information,
        Message = "Signing key {Kid} ({Algorithm}) was created. It signs from {ActivatesAt:u} until {RetiresAt:u}."
    )]
    public static partial void KeyMade(
        ILogger logger,
        string kid,
        string algorithm,
        DateTimeOffset activatesAt,
        DateTimeOffset retiresAt
    );

    [LoggerMessage(
        EventId = 8004,
        Level = LogLevel.Information,
        Message = "Signing key {Kid} ({Algorithm}) was retired before its time."
    )]
    public static partial void KeyRetired(ILogger logger, string kid, string algorithm);

    [LoggerMessage(
        EventId = 8005,
        Level = LogLevel.Warning,
        Message = "The {Algorithm} signing key {Kid} signs for {Days} more days and has no successor. {Advice}"
    )]
    public static partial void ExpiresWithoutSuccessor(
        ILogger logger,
        string algorithm,
        string kid,
        int days,
        string advice
    );

    [LoggerMessage(
        EventId = 8006,
        Level = LogLevel.Error,
        Message = "No {Algorithm} signing key is valid: nothing is signed with {Algorithm} until there is one."
    )]
    public static partial void NoneValid(ILogger logger, string algorithm);

    [LoggerMessage(
        EventId = 8007,
        Level = LogLevel.Error,
        Message = "Signing keys could not be maintained; the next attempt is in {Interval}."
    )]
    public static partial void RotationFailed(ILogger logger, TimeSpan interval, Exception exception);

    [LoggerMessage(
        EventId = 8008,
        Level = LogLevel.Warning,
        Message = "The {Algorithm} signing key {Kid} was announced for less than {AnnounceBefore}: caches of the key "
            + "set may not know it when it first signs."
    )]
    public static partial void AnnouncedLate(ILogger logger, string algorithm, string kid, TimeSpan announceBefore);

    [LoggerMessage(
        EventId = 8009,
        Level = LogLevel.Error,
        Message = "Data Protection key {Id} cannot be decrypted and is left out: {Reason}"
    )]
    public static partial void DataProtectionKeyUnreadable(ILogger logger, Guid id, string reason);
}
