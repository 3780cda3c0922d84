using Identity.Core.Data;
using Identity.Core.Deliveries;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Identity.Core.Mail;

/// <summary>Wakes the sender when any instance has queued a mail.</summary>
internal sealed class OutboxSignal : DeliverySignal, IChangeSubscriber
{
    public IReadOnlySet<string> Tables { get; } = new HashSet<string>(StringComparer.Ordinal) { "mail_outbox" };

    public Task ReloadAsync(CancellationToken cancellationToken)
    {
        Signal();
        return Task.CompletedTask;
    }
}

/// <summary> Delivers the mails of the outbox one after another, on every instance. A mail is sent again only if the
/// server did not accept it: a delivery that began is finished before the host stops, and its result is recorded even
/// if the database is briefly unavailable.
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
                    // Every mail would fail now. One attempt at a time is enough to notice when the server is back.
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
                // No failure may stop the sender until a restart. The current mail is due again when its lease ends.
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

    /// <summary>False if nothing is due.</summary>
    private async Task<bool> DeliverNextAsync(SmtpConnection? connection, CancellationToken stoppingToken)
    {
        if (await delivery.ClaimAsync(stoppingToken) is not { } mail)
            return false;
        // Not cancelled from here on: the server may have accepted a mail even if its answer was not received.
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
