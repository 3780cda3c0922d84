using System.Globalization;
using Microsoft.Extensions.Options;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Extensions.Logging;
using Serilog.Formatting.Compact;

namespace Identity.Server.Hosting;

/// <summary> The operational log: readable lines in Development, compact JSON elsewhere, on the standard output.
/// Libraries that log request data (the engine logs requests with their code_verifier, HTTP and database drivers log
/// addresses and commands) stay at Warning whatever level is set (LG-1).
/// </summary>
internal static class Logging
{
    /// <summary>Section <c>Identity:Logging</c>.</summary>
    public const string Section = "Identity:Logging";

    /// <summary>The log level.</summary>
    public const string LevelKey = Section + ":Level";
    private const string Readable = "{Timestamp:HH:mm:ss} {Level:u3} {Message:lj} {TraceId}{NewLine}{Exception}";

    private static readonly string[] Quiet = ["Microsoft", "System", "Npgsql"];
    private static readonly Dictionary<string, LogLevel> NoEngine = [];

    /// <summary>Replaces the framework's loggers.</summary>
    public static void AddIdentityLogging(
        this WebApplicationBuilder builder,
        IReadOnlyDictionary<string, LogLevel> engineLevels
    )
    {
        builder.Logging.ClearProviders();
        builder.Services.AddSerilog(
            (_, log) => Configure(log, builder.Configuration, builder.Environment, engineLevels),
            preserveStaticLogger: true,
            writeToProviders: true
        );
    }

    /// <summary>The faults of the section.</summary>
    public static string? Check(IConfiguration configuration) =>
        configuration[LevelKey] is { } text && !Enum.TryParse<LogLevel>(text, ignoreCase: true, out _)
            ? $"{LevelKey}: '{text}' is not one of {string.Join(", ", Enum.GetNames<LogLevel>())}."
            : null;

    /// <summary>A logger for what happens before the host is composed.</summary>
    public static BootLogger CreateBootLogger(WebApplicationBuilder builder) =>
        new(Configure(new LoggerConfiguration(), builder.Configuration, builder.Environment, NoEngine).CreateLogger());

    private static LoggerConfiguration Configure(
        LoggerConfiguration log,
        ConfigurationManager configuration,
        IHostEnvironment environment,
        IReadOnlyDictionary<string, LogLevel> engineLevels
    )
    {
        var level = Enum.TryParse<LogLevel>(configuration[LevelKey], ignoreCase: true, out var chosen)
            ? chosen
            : LogLevel.Information;
        var least = LevelConvert.ToSerilogLevel(level == LogLevel.None ? LogLevel.Critical : level);
        log.MinimumLevel.Is(least)
            .Enrich.FromLogContext()
            .Enrich.With<WithoutRequestScope>()
            .Destructure.ToMaximumStringLength(512)
            .Destructure.ToMaximumDepth(3);
        foreach (var source in Quiet)
            log.MinimumLevel.Override(source, least > LogEventLevel.Warning ? least : LogEventLevel.Warning);
        foreach (var (source, chosenByEngine) in engineLevels)
        {
            var quiet = LevelConvert.ToSerilogLevel(chosenByEngine);
            log.MinimumLevel.Override(source, least > quiet ? least : quiet);
        }
        // "Now listening on" and "Application is shutting down" are for the person who starts the program.
        log.MinimumLevel.Override(
            "Microsoft.Hosting.Lifetime",
            least > LogEventLevel.Information ? least : LogEventLevel.Information
        );
        // Failures of requests are logged once, by ErrorAnswers, with their correlation id.
        log.MinimumLevel.Override("Microsoft.AspNetCore.Server.Kestrel", LogEventLevel.Error);
        // The handler repeats what another provider sent, which names people; the pages log the failure in words.
        log.MinimumLevel.Override("Microsoft.AspNetCore.Authentication.OpenIdConnect", LogEventLevel.Fatal);
        // "Hosting failed to start", with a stack trace: the program reports the same in plain words.
        log.Filter.ByExcluding(static line =>
            line.Exception is not null && line.MessageTemplate.Text == "Hosting failed to start"
        );
        return environment.IsDevelopment()
            ? log.WriteTo.Console(outputTemplate: Readable, formatProvider: CultureInfo.InvariantCulture)
            : log.WriteTo.Console(new CompactJsonFormatter());
    }
}

/// <summary>Removes what the framework adds to every line of a request: the path, which may contain pasted secrets
/// (LG-1), and two further ids.</summary>
internal sealed class WithoutRequestScope : ILogEventEnricher
{
    public void Enrich(LogEvent logEvent, ILogEventPropertyFactory propertyFactory)
    {
        foreach (var name in new[] { "RequestPath", "RequestId", "ConnectionId" })
            logEvent.RemovePropertyIfPresent(name);
    }
}

/// <summary>A logger with its sink.</summary>
internal sealed class BootLogger : IAsyncDisposable
{
    private readonly Logger _serilog;
    private readonly SerilogLoggerProvider _provider;

    public BootLogger(Logger serilog)
    {
        _serilog = serilog;
        _provider = new SerilogLoggerProvider(serilog, dispose: false);
        Logger = _provider.CreateLogger("Identity.Server.Hosting");
    }

    public Microsoft.Extensions.Logging.ILogger Logger { get; }

    public ValueTask DisposeAsync()
    {
        _provider.Dispose();
        return _serilog.DisposeAsync();
    }
}
