using Microsoft.Extensions.Logging;

namespace Identity.Core.Clients;

internal static partial class Log
{
    [LoggerMessage(
        EventId = 3001,
        Level = LogLevel.Information,
        Message = "Loaded {Clients} clients and {Scopes} scopes."
    )]
    public static partial void Loaded(ILogger logger, int clients, int scopes);

    [LoggerMessage(
        EventId = 3002,
        Level = LogLevel.Error,
        Message = "The changed client configuration is faulty; the clients stay as they were. {Failures}"
    )]
    public static partial void ConfigurationFaulty(ILogger logger, string failures);

    [LoggerMessage(
        EventId = 3003,
        Level = LogLevel.Error,
        Message = "A client in the database is faulty and was left out. {Failures}"
    )]
    public static partial void StoredClientFaulty(ILogger logger, string failures);

    [LoggerMessage(
        EventId = 3004,
        Level = LogLevel.Error,
        Message = "Clients could not be loaded; they stay as they were."
    )]
    public static partial void LoadFailed(ILogger logger, Exception exception);

    [LoggerMessage(
        EventId = 3005,
        Level = LogLevel.Error,
        Message = "A scope in the database is faulty and was left out. {Scope}: {Problem}"
    )]
    public static partial void StoredScopeFaulty(ILogger logger, string scope, string problem);

    [LoggerMessage(
        EventId = 3006,
        Level = LogLevel.Error,
        Message = "The change broke client {ClientId}, which worked until now. Its requests are refused. {Failures}"
    )]
    public static partial void ReloadBrokeClient(ILogger logger, string clientId, string failures);
}
