using OpenIddict.Server;

namespace Identity.Server.Protocol.Engine;

/// <summary>
/// The engine's voice, from warnings upwards. Below, it logs requests and answers field by field (<c>code_verifier</c>
/// in clear among them), and tokens at trace level; what is worth knowing of a refusal, <see cref="Denials.LogDenial"/>
/// says.
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
