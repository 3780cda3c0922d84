using Identity.Core.Data;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Identity.Core.Mail;

/// <summary>Wakes the sender when a mail was queued on any instance.</summary>
internal sealed class OutboxSignal : IChangeSubscriber, IDisposable
{
    private readonly SemaphoreSlim _rung = new(0, 1);

    public IReadOnlySet<string> Tables { get; } = new HashSet<string>(StringComparer.Ordinal) { "mail_outbox" };

    public Task ReloadAsync(CancellationToken cancellationToken)
    {
        Raise();
        return Task.CompletedTask;
    }

    public void Raise()
    {
        try
        {
            _rung.Release();
        }
        catch (SemaphoreFullException)
        {
            // It rings already.
        }
    }

    public Task WaitAsync(TimeSpan atMost, CancellationToken cancellationToken) =>
        _rung.WaitAsync(atMost, cancellationToken);

    public void Dispose() => _rung.Dispose();
}

/// <summary>
/// Delivers what waits in the outbox, one mail after another, on every instance. A mail is sent again only when the
/// server did not take it: what was begun is finished before the host stops, and what was taken is noted even while the
/// database is away for a moment.
/// </summary>
internal sealed class MailSender(
    MailDelivery delivery,
    OutboxSignal signal,
    IOptions<MailOptions> options,
    IHostEnvironment environment,
    TimeProvider time,
    ILogger<MailSender> logger
) : BackgroundService
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan MaxPause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan SettlePause = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var reachable = !string.IsNullOrEmpty(options.Value.Host);
        if (!reachable && !environment.IsDevelopment())
        {
            Log.NoServer(logger);
            return;
        }
        using var connection = reachable ? new SmtpConnection(options.Value) : null;
        var failures = 0;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                while (!stoppingToken.IsCancellationRequested && await DeliverNextAsync(connection, stoppingToken))
                {
                    failures = connection is { IsDown: true } ? failures + 1 : 0;
                    // Every mail would fail now: one at a time is enough to see when the server is back.
                    if (failures > 0)
                        await Task.Delay(Pause(failures), time, stoppingToken);
                }
                if (connection is not null)
                    await connection.QuitAsync();
                await signal.WaitAsync(Poll, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                // Whatever it was, the mails that wait must not wait for a restart; the one at hand comes back when its
                // lease ends.
                Log.Interrupted(logger, exception);
                await Task.Delay(Poll, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private static TimeSpan Pause(int failures)
    {
        var pause = TimeSpan.FromMilliseconds(250) * Math.Pow(2, Math.Min(failures - 1, 10));
        return pause < MaxPause ? pause : MaxPause;
    }

    /// <summary>False when nothing is due.</summary>
    private async Task<bool> DeliverNextAsync(SmtpConnection? connection, CancellationToken stoppingToken)
    {
        if (await delivery.ClaimAsync(stoppingToken) is not { } mail)
            return false;
        // From here on stopping waits: a mail that is cut off between its last byte and the answer may have been taken.
        var outcome =
            mail.Content is not { } content ? new SmtpOutcome.NotNow("encrypted with a master key that is not loaded")
            : connection is null ? new SmtpOutcome.Taken()
            : await connection.SendAsync(mail, content, CancellationToken.None);
        await SettleAsync(mail, outcome);
        return true;
    }

    private async Task SettleAsync(ClaimedMail mail, SmtpOutcome outcome)
    {
        for (var left = MailDelivery.Lease / 2; ; left -= SettlePause)
        {
            try
            {
                await (
                    outcome switch
                    {
                        SmtpOutcome.NotNow(var reason) => delivery.SettleDeferredAsync(
                            mail,
                            reason,
                            CancellationToken.None
                        ),
                        SmtpOutcome.Never(var reason) => delivery.SettleAbandonedAsync(
                            mail,
                            reason,
                            CancellationToken.None
                        ),
                        _ => delivery.SettleSentAsync(mail, CancellationToken.None),
                    }
                );
                break;
            }
            catch (NpgsqlException) when (left > TimeSpan.Zero)
            {
                await Task.Delay(SettlePause, time, CancellationToken.None);
            }
        }
        switch (outcome)
        {
            case SmtpOutcome.NotNow(var reason):
                Log.Deferred(logger, mail.Id, mail.Kind, mail.Attempts, reason);
                break;
            case SmtpOutcome.Never(var reason):
                Log.Abandoned(logger, mail.Id, mail.Kind, reason);
                break;
            default:
                Log.Sent(logger, mail.Id, mail.Kind, mail.Attempts);
                break;
        }
    }
}
