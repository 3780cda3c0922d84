using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Identity.Testing;

/// <summary>Keeps what a program logs, at every level that it is given.</summary>
public sealed class LogRecorder : ILoggerProvider
{
    public ConcurrentQueue<(string Category, string Text)> Lines { get; } = new();

    /// <summary>A factory for a host, which logs here and nowhere else.</summary>
    public ILoggerFactory Factory(LogLevel from) =>
        new LoggerFactory([this], new LoggerFilterOptions { MinLevel = from });

    public ILogger CreateLogger(string categoryName) => new Category(categoryName, Lines);

    public void Dispose() { }

    private sealed class Category(string name, ConcurrentQueue<(string Category, string Text)> lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        ) => lines.Enqueue((name, formatter(state, exception)));
    }
}
