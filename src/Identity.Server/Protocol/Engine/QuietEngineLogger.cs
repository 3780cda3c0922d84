using OpenIddict.Server;

namespace Identity.Server.Protocol.Engine;

/// <summary> Passes on the engine's log entries from warnings upwards. Below, it logs requests and answers field by
/// field (including <c>code_verifier</c>), and tokens at trace level. <see cref="Denials.LogDenial"/> logs refusals.
/// </summary>
internal sealed class QuietEngineLogger(ILoggerFactory factory) : ILogger<OpenIddictServerDispatcher>
{
    private readonly ILogger _logger = factory.CreateLogger("Identity.Server.Protocol.Engine");

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning && _logger.IsEnabled(logLevel);

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    )
    {
        if (IsEnabled(logLevel))
            _logger.Log(logLevel, eventId, state, exception, formatter);
    }
}
