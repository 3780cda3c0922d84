using Identity.Core.Administration;
using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Mail;
using Identity.Core.Users;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Identity.Core.People;

/// <summary>Deactivates accounts at their scheduled time. Every instance checks once a minute; the first that claims an
/// account's row does the work. The last administrator stays active until there is another one.</summary>
public sealed class DeactivationSchedule(
    Database database,
    UserStore users,
    SecurityNotices notices,
    AuditLog audit,
    TimeProvider time,
    ILogger<DeactivationSchedule> logger
) : BackgroundService
{
    private const int Batch = 100;
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Delay = TimeSpan.FromHours(1);
    private static readonly RequestContext Nobody = new(null, "identity schedule", null);

    /// <summary>Deactivates the due accounts, each in a transaction of its own. Returns the number of due
    /// accounts.</summary>
    public async Task<int> RunDueAsync(CancellationToken cancellationToken)
    {
        var done = 0;
        while (done < Batch && await RunOneAsync(cancellationToken))
            done++;
        return done;
    }

    /// <summary>The moment at which an account is to be deactivated, or null.</summary>
    public Task<DateTimeOffset?> FindAsync(Guid userId, CancellationToken cancellationToken) =>
        database.QuerySingleOrDefaultAsync<DateTimeOffset?>(
            "SELECT deactivate_at FROM idp.scheduled_deactivations WHERE user_id = @id",
            static row => row.GetFieldValue<DateTimeOffset>(0),
            cancellationToken,
            ("id", userId)
        );

    internal static Task<int> SetAsync(
        DatabaseTransaction transaction,
        Guid userId,
        DateTimeOffset moment,
        CancellationToken cancellationToken
    ) =>
        transaction.ExecuteAsync(
            """
            INSERT INTO idp.scheduled_deactivations (user_id, deactivate_at) VALUES (@id, @moment)
            ON CONFLICT (user_id) DO UPDATE SET deactivate_at = excluded.deactivate_at
            """,
            cancellationToken,
            ("id", userId),
            ("moment", moment.ToUniversalTime())
        );

    internal static async Task<bool> ClearAsync(
        DatabaseTransaction transaction,
        Guid userId,
        CancellationToken cancellationToken
    ) =>
        await transaction.ExecuteAsync(
            "DELETE FROM idp.scheduled_deactivations WHERE user_id = @id",
            cancellationToken,
            ("id", userId)
        ) > 0;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                await TryAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    private async Task TryAsync(CancellationToken cancellationToken)
    {
        try
        {
            await RunDueAsync(cancellationToken);
        }
        catch (Exception failure)
            when (failure is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            Log.ScheduleFailed(logger, failure);
        }
    }

    private Task<bool> RunOneAsync(CancellationToken cancellationToken) =>
        database.InTransactionAsync(
            async (transaction, cancel) =>
            {
                var due = await transaction.QuerySingleOrDefaultAsync<Guid?>(
                    """
                    SELECT user_id FROM idp.scheduled_deactivations WHERE deactivate_at <= now()
                    ORDER BY deactivate_at LIMIT 1 FOR UPDATE SKIP LOCKED
                    """,
                    static row => row.GetGuid(0),
                    cancel
                );
                if (due is not { } userId)
                    return false;
                if (await AdminRules.NotLastAdministratorAsync(transaction, userId, cancel) is not null)
                {
                    await SetAsync(transaction, userId, time.GetUtcNow() + Delay, cancel);
                    Log.LastAdministratorStays(logger, userId, Delay);
                    return true;
                }
                await ClearAsync(transaction, userId, cancel);
                if (await users.DisableAsync(transaction, userId, Nobody, cancel))
                    await TellAsync(transaction, userId, cancel);
                return true;
            },
            cancellationToken
        );

    private async Task TellAsync(DatabaseTransaction transaction, Guid userId, CancellationToken cancellationToken)
    {
        await audit.AppendAsync(
            transaction,
            new(
                AuditEventTypes.AccountDisabled,
                AuditStatus.Success,
                userId,
                null,
                Nobody.UserAgent,
                new Dictionary<string, object?> { ["by"] = "schedule" }
            ),
            cancellationToken
        );
        await notices.QueueAsync(
            transaction,
            userId,
            MailKind.AccountDeactivated,
            new(null, null, null),
            cancellationToken
        );
    }
}
