using Identity.Core.Data;
using Identity.Core.Deliveries;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

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

/// <summary>Delivers the mails of the outbox one after another over one connection, on every instance. A mail is sent
/// again only if the server did not accept it.</summary>
internal sealed class MailSender(
    MailDelivery delivery,
    OutboxSignal signal,
    IOptions<MailOptions> options,
    IHostEnvironment environment,
    ILogger<MailSender> logger
) : DeliveryLoop<string>(delivery.Table, signal)
{
    private readonly SmtpConnection? _connection = string.IsNullOrEmpty(options.Value.Host) ? null : new(options.Value);

    // A server that is away is tried again soon: one mail at a time is enough to notice that it is back.
    protected override TimeSpan FirstRest { get; } = TimeSpan.FromMilliseconds(250);

    public override void Dispose()
    {
        _connection?.Dispose();
        base.Dispose();
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_connection is not null || environment.IsDevelopment())
            return base.ExecuteAsync(stoppingToken);
        Log.NoServer(logger);
        return Task.CompletedTask;
    }

    protected override async Task<bool> ServeAsync(string receiver, CancellationToken stoppingToken)
    {
        var reached = await DeliverAllAsync(() => delivery.ClaimAsync(stoppingToken), DeliverAsync, stoppingToken);
        if (_connection is not null)
            await _connection.QuitAsync();
        return reached;
    }

    protected override void OnInterrupted(Exception exception) => Log.Interrupted(logger, exception);

    private async Task<bool> DeliverAsync(ClaimedMail mail)
    {
        // Not cancelled: the server may have accepted a mail even if its answer was not received.
        var outcome =
            mail.Content is not { } content
                ? new SmtpOutcome.NotNow("encrypted with a master key that is not loaded", null)
            : _connection is null ? new SmtpOutcome.Taken()
            : await _connection.SendAsync(mail, content, CancellationToken.None);
        await delivery.SettleAsync(mail, outcome);
        switch (outcome)
        {
            case SmtpOutcome.NotNow(var reason, _):
                Log.Deferred(logger, mail.Id, mail.Kind, mail.Attempts, reason);
                break;
            case SmtpOutcome.Never(var reason, _):
                Log.Abandoned(logger, mail.Id, mail.Kind, reason);
                break;
            default:
                Log.Sent(logger, mail.Id, mail.Kind, mail.Attempts);
                break;
        }
        return _connection is not { IsDown: true };
    }
}
