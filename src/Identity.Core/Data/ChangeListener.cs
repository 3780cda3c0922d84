using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Identity.Core.Data;

/// <summary>Something kept in memory that must follow the database.</summary>
public interface IChangeSubscriber
{
    /// <summary>The payloads of <c>identity_changed</c> that concern it: names of tables in schema idp.</summary>
    IReadOnlySet<string> Tables { get; }

    /// <summary>Reads its tables anew. Also called now and then without news, so it must be cheap when nothing changed,
    /// and safe to call again.</summary>
    Task ReloadAsync(CancellationToken cancellationToken);
}

/// <summary>
/// Listens on channel <c>identity_changed</c> for all subscribers on one connection. Where the connection breaks (or a
/// pooler swallows notifications) the
/// subscribers are reloaded on reconnect and every <see cref="PollInterval"/>, so a lost notification costs time, never
/// truth.
/// </summary>
public sealed class ChangeListener(
    Database database,
    IEnumerable<IChangeSubscriber> subscribers,
    ILogger<ChangeListener> logger
) : BackgroundService
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan ReconnectPause = TimeSpan.FromSeconds(2);

    private readonly IChangeSubscriber[] _subscribers = [.. subscribers];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
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
                ChangeListenerLog.Interrupted(logger, exception.Message);
                await Task.Delay(ReconnectPause, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task ListenAsync(CancellationToken stoppingToken)
    {
        HashSet<string> news = new(StringComparer.Ordinal);
        await using var connection = await database.OpenAsync(stoppingToken);
        connection.Notification += (_, notification) => news.Add(notification.Payload);
        await using (var listen = new NpgsqlCommand("LISTEN identity_changed", connection))
            await listen.ExecuteNonQueryAsync(stoppingToken);

        await ReloadAsync(_subscribers, stoppingToken);
        while (true)
        {
            var notified = await connection.WaitAsync(PollInterval, stoppingToken);
            string[] tables = [.. news];
            news.Clear();
            await ReloadAsync(
                notified ? _subscribers.Where(subscriber => subscriber.Tables.Overlaps(tables)) : _subscribers,
                stoppingToken
            );
        }
    }

    // One subscriber's bad news must not keep the others from theirs.
    private async Task ReloadAsync(IEnumerable<IChangeSubscriber> subscribers, CancellationToken stoppingToken)
    {
        foreach (var subscriber in subscribers)
        {
            try
            {
                await subscriber.ReloadAsync(stoppingToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                ChangeListenerLog.ReloadFailed(logger, subscriber.GetType().Name, exception);
            }
        }
    }
}

internal static partial class ChangeListenerLog
{
    [LoggerMessage(
        EventId = 1101,
        Level = LogLevel.Warning,
        Message = "Listening for changes was interrupted and starts again: {Reason}"
    )]
    public static partial void Interrupted(ILogger logger, string reason);

    [LoggerMessage(
        EventId = 1102,
        Level = LogLevel.Error,
        Message = "{Subscriber} could not be reloaded; it stays as it was."
    )]
    public static partial void ReloadFailed(ILogger logger, string subscriber, Exception exception);
}
