using System.Diagnostics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Identity.Core.Data;

/// <summary>In-memory state that must follow the database.</summary>
public interface IChangeSubscriber
{
    /// <summary>The payloads of <c>identity_changed</c> that it reacts to: names of tables in schema idp.</summary>
    IReadOnlySet<string> Tables { get; }

    /// <summary>Reads its tables again. It is also called from time to time without a notification, so it must be cheap
    /// if nothing changed, and safe to repeat.</summary>
    Task ReloadAsync(CancellationToken cancellationToken);
}

/// <summary>A component that waits for notifications on its own channel.</summary>
public interface IChannelSubscriber
{
    /// <summary>The channel of NOTIFY: a plain lower-case name.</summary>
    string ChannelName { get; }

    /// <summary>A notification arrived on the channel, or may have arrived while the connection was down. Must return
    /// at once.</summary>
    void Signal();

    /// <summary>A notification arrived with this payload. Must return at once.</summary>
    void Signal(string payload) => Signal();
}

/// <summary> Listens for all subscribers on one connection outside the pool: on <c>identity_changed</c> for in-memory
/// state, and on the channels of components that have their own. It also measures the database's clock. Reloads run
/// beside it, so that a slow one delays no other notification. If the connection breaks (or a pooler swallows
/// notifications), the subscribers are reloaded on reconnect and every <see cref="PollInterval"/>, so a lost
/// notification delays a change but does not lose it.
/// </summary>
public sealed class ChangeListener(
    ListenerConnection listener,
    DatabaseClock clock,
    ListenerState state,
    IEnumerable<IChangeSubscriber> subscribers,
    IEnumerable<IChannelSubscriber> channels,
    ILogger<ChangeListener> logger
) : BackgroundService
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan ReconnectPause = TimeSpan.FromSeconds(2);

    private const string ChangeChannel = "identity_changed";

    private readonly ChangeReloads _reloads = new([.. subscribers], logger);
    private readonly IChannelSubscriber[] _channels = [.. channels];

    /// <summary>First of all, because everything else uses the clock.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await listener.OpenAsync(cancellationToken);
            await clock.MeasureAsync(connection, cancellationToken);
        }
        catch (Exception exception) when (DatabaseOutage.Includes(exception))
        {
            Interrupt(exception);
        }

        await base.StartAsync(cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(ListenAlwaysAsync(stoppingToken), ReloadAlwaysAsync(stoppingToken));

    private async Task ReloadAlwaysAsync(CancellationToken stoppingToken)
    {
        try
        {
            await _reloads.RunAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The program ends.
        }
    }

    private async Task ListenAlwaysAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await ListenAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
                when (exception is NpgsqlException or TimeoutException or IOException or InvalidOperationException)
            {
                Interrupt(exception);
                await Task.Delay(ReconnectPause, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task ListenAsync(CancellationToken stoppingToken)
    {
        HashSet<string> news = new(StringComparer.Ordinal);
        await using var connection = await listener.OpenAsync(stoppingToken);
        connection.Notification += (_, notification) => Hear(notification, news);
        // A server that took over may have another clock.
        await clock.MeasureAsync(connection, stoppingToken);
        var measured = Stopwatch.GetTimestamp();
        var listen = string.Join(
            ';',
            _channels.Select(static one => one.ChannelName).Append(ChangeChannel).Select(Listen)
        );
        await using (var command = new NpgsqlCommand(listen, connection))
            await command.ExecuteNonQueryAsync(stoppingToken);

        // First the channels: who asks the state whether everything is heard must not act on what went unheard.
        foreach (var channel in _channels)
            channel.Signal();
        if (state.Interruption.Succeed())
            ChangeListenerLog.Resumed(logger);
        _reloads.Ask();
        while (true)
        {
            var notified = await connection.WaitAsync(PollInterval, stoppingToken);
            // Independently of notifications. The query also detects a dead connection.
            if (Stopwatch.GetElapsedTime(measured) >= PollInterval)
            {
                await clock.MeasureAsync(connection, stoppingToken);
                measured = Stopwatch.GetTimestamp();
            }

            if (notified)
                _reloads.Ask(news);
            else
                _reloads.Ask();
            news.Clear();
        }
    }

    // It retries every two seconds but logs an outage only once.
    private void Interrupt(Exception exception)
    {
        if (state.Interruption.Fail())
            ChangeListenerLog.Interrupted(logger, exception.Message);
    }

    private static string Listen(string channel) => "LISTEN " + channel;

    private void Hear(NpgsqlNotificationEventArgs notification, HashSet<string> news)
    {
        if (notification.Channel == ChangeChannel)
            news.Add(notification.Payload);
        foreach (var subscriber in _channels.Where(one => one.ChannelName == notification.Channel))
            subscriber.Signal(notification.Payload);
    }
}

internal static partial class ChangeListenerLog
{
    [LoggerMessage(
        EventId = 1101,
        Level = LogLevel.Warning,
        Message = "Listening for changes was interrupted and is tried again until it works: {Reason}"
    )]
    public static partial void Interrupted(ILogger logger, string reason);

    [LoggerMessage(EventId = 1103, Level = LogLevel.Information, Message = "Listening for changes works again.")]
    public static partial void Resumed(ILogger logger);

    [LoggerMessage(
        EventId = 1102,
        Level = LogLevel.Error,
        Message = "{Subscriber} could not be reloaded; it stays as it was."
    )]
    public static partial void ReloadFailed(ILogger logger, string subscriber, Exception exception);
}
