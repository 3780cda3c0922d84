using System.Threading.Channels;
using Identity.Core.Data;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Identity.Core.Logout;

/// <summary>Wakes the deliverer: by NOTIFY <c>identity_logout</c> from whatever instance ended a session, and by this
/// instance when a client's turn is over.</summary>
internal sealed class LogoutListener(Database database, ILogger<LogoutListener> logger)
{
    private static readonly TimeSpan ReconnectPause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan KeepAlive = TimeSpan.FromMinutes(1);

    private readonly Channel<bool> _signals = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );

    /// <summary>Wakes the deliverer, now or as soon as it waits. Many signals are one.</summary>
    public void Signal() => _signals.Writer.TryWrite(true);

    /// <summary>Waits for a signal, or until the time is over.</summary>
    public async Task WaitAsync(TimeSpan most, CancellationToken stoppingToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        patience.CancelAfter(most);
        try
        {
            await _signals.Reader.ReadAsync(patience.Token);
        }
        catch (OperationCanceledException) when (!stoppingToken.IsCancellationRequested)
        {
            // The time is over: that is an answer too.
        }
    }

    /// <summary>Listens until the host stops, on a connection of its own. Where it breaks, the deliverer's own clock
    /// makes up for what was missed.</summary>
    public async Task ListenAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await using var connection = await database.OpenAsync(stoppingToken);
                connection.Notification += (_, _) => Signal();
                await using (var listen = new NpgsqlCommand("LISTEN identity_logout", connection))
                    await listen.ExecuteNonQueryAsync(stoppingToken);
                Signal();
                while (true)
                    await connection.WaitAsync(KeepAlive, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
                when (exception is NpgsqlException or TimeoutException or IOException or InvalidOperationException)
            {
                Log.Interrupted(logger, exception.Message);
                await Task.Delay(ReconnectPause, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }
}
