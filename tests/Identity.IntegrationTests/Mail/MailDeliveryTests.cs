using System.Globalization;
using Identity.Core.Mail;
using Identity.Core.Primitives;
using Identity.Testing;

namespace Identity.IntegrationTests.Mail;

/// <summary>RV-10 and "SMTP down or hanging" (SECURITY, faults to survive), against a mail server in a process of its
/// own.</summary>
public sealed class MailDeliveryTests : IAsyncLifetime
{
    private TestDatabase _database = null!;

    [Fact]
    public async Task Mails_are_neither_lost_nor_doubled_when_the_server_is_down_hangs_or_dies_in_the_middle_of_one()
    {
        using var server = new SmtpServerProcess();
        await using var one = Instance(server);
        await using var two = Instance(server);
        await StartAsync(one, two);
        List<string> expected = [];

        expected.AddRange(await QueueAsync(one, 5));
        await WaitForAttemptsAsync(2);
        await server.StartAsync("silent");
        await WaitForAttemptsAsync(2);
        await server.StartAsync("stall");
        expected.AddRange(await QueueAsync(two, 5));
        await Until.TrueAsync(() => Task.FromResult(server.HasStalled), "the server stands in the middle of a mail");
        server.Kill();
        await server.StartAsync("stall-at-dot");
        expected.AddRange(await QueueAsync(one, 5));
        await Until.TrueAsync(
            () => Task.FromResult(server.HasStalled),
            "the server has a whole mail and does not answer"
        );
        server.Kill();
        Assert.Empty(server.MessageIds);
        await server.StartAsync("take");
        expected.AddRange(await QueueAsync(two, 5));
        await Until.TrueAsync(async () => await CountAsync("queued") == 0, "every mail is sent", seconds: 120);
        await StopAsync(one, two);

        Assert.Equal(expected.Order(StringComparer.Ordinal), server.MessageIds.Order(StringComparer.Ordinal));
        Assert.Equal(20, await CountAsync("sent"));
    }

    [Fact]
    public async Task A_mail_of_a_dead_sender_is_sent_by_another_when_its_lease_ends_and_the_dead_one_changes_nothing()
    {
        using var server = new SmtpServerProcess();
        await using var rooms = Instance(server);
        await server.StartAsync("take");
        var id = Assert.Single(await QueueAsync(rooms, 1));
        var died = Assert.Single(await rooms.Get<MailDelivery>().ClaimAsync(default));
        Assert.Empty(await rooms.Get<MailDelivery>().ClaimAsync(default));

        await _database.ExecuteAsync("UPDATE idp.mail_outbox SET next_attempt_at = now() - interval '1 second'");
        await StartAsync(rooms);
        await Until.TrueAsync(async () => await CountAsync("sent") == 1, "the mail is sent");
        await rooms.Get<MailDelivery>().SettleAsync(died, new SmtpOutcome.NotNow("too late", null));
        await StopAsync(rooms);

        Assert.Equal([id], server.MessageIds);
        Assert.Equal(1, await CountAsync("sent"));
    }

    [Fact]
    public async Task A_recipient_refused_for_good_is_given_up_at_once_and_one_refused_for_now_after_three_days()
    {
        using var server = new SmtpServerProcess();
        await using var rooms = Instance(server);
        await StartAsync(rooms);

        await server.StartAsync("never");
        await QueueAsync(rooms, 1);
        await Until.TrueAsync(async () => await CountAsync("abandoned") == 1, "the mail is given up");
        await server.StartAsync("later");
        await QueueAsync(rooms, 1);
        await WaitForAttemptsAsync(2);
        Assert.Equal(1, await CountAsync("queued"));
        await _database.ExecuteAsync(
            "UPDATE idp.mail_outbox SET created_at = now() - interval '73 hours' WHERE state = 'queued'"
        );
        await Until.TrueAsync(async () => await CountAsync("abandoned") == 2, "the second is given up, too");
        await StopAsync(rooms);

        Assert.Equal(
            "the mail server refused the recipient (451),the mail server refused the recipient (550)",
            await _database.ScalarAsync<string>(
                "SELECT string_agg(last_error, ',' ORDER BY last_error) FROM idp.mail_outbox"
            )
        );
    }

    [Fact]
    public async Task Queueing_is_quick_while_the_server_hangs_and_a_rolled_back_change_sends_nothing()
    {
        using var server = new SmtpServerProcess();
        await using var rooms = Instance(server);
        await server.StartAsync("silent");
        await StartAsync(rooms);
        await QueueAsync(rooms, 1);
        await WaitForAttemptsAsync(1);

        var clock = System.Diagnostics.Stopwatch.StartNew();
        await QueueAsync(rooms, 5);
        var took = clock.Elapsed;
        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            rooms.Db.InTransactionAsync(
                async (transaction, cancel) =>
                {
                    await rooms
                        .Get<MailOutbox>()
                        .QueueAsync(
                            transaction,
                            new(MailKind.NewDevice, EmailAddress.Parse("rolled@example.org"), null, "en"),
                            cancel
                        );
                    throw new InvalidOperationException("the change fails");
                },
                default
            )
        );
        await StopAsync(rooms);

        Assert.True(took < TimeSpan.FromSeconds(1), took.ToString());
        Assert.Equal(6, await CountAsync("queued"));
    }

    [Fact]
    public async Task Delivered_mails_are_blanked_outside_Development()
    {
        using var server = new SmtpServerProcess();
        await using var rooms = Instance(server, ("environment", "Production"));
        await server.StartAsync("take");
        await StartAsync(rooms);
        await QueueAsync(rooms, 2);

        await Until.TrueAsync(async () => await CountAsync("sent") == 2, "the mails are sent");
        await StopAsync(rooms);

        Assert.Equal(
            0L,
            await _database.ScalarAsync<long>(
                "SELECT count(*) FROM idp.mail_outbox WHERE content_protected IS NOT NULL"
            )
        );
        Assert.Empty(await rooms.Get<MailboxReader>().ListAsync(10, default));
    }

    public async Task InitializeAsync() => _database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();

    public async Task DisposeAsync() => await _database.DisposeAsync();

    private Rooms Instance(SmtpServerProcess server, params (string, string)[] more) =>
        new(
            _database,
            [
                ("Identity:Mail:Host", "127.0.0.1"),
                ("Identity:Mail:Port", server.Port.ToString(CultureInfo.InvariantCulture)),
                ("Identity:Mail:Security", "None"),
                ("Identity:Mail:From", "no-reply@id.example.org"),
                ("Identity:Mail:Timeout", "00:00:01"),
                ("Identity:Mail:FirstRetry", "00:00:00.2"),
                .. more,
            ]
        );

    private static async Task<IReadOnlyList<string>> QueueAsync(Rooms rooms, int count)
    {
        List<string> known = [.. await IdsAsync(rooms)];
        for (var i = 0; i < count; i++)
        {
            MailMessage mail = new(
                MailKind.NewDevice,
                EmailAddress.Parse($"{Guid.NewGuid():N}@example.org"),
                null,
                "ar"
            )
            {
                Link = new("https://id.example.org/account"),
            };
            Assert.True(
                await rooms.Db.InTransactionAsync(
                    (transaction, cancel) => rooms.Get<MailOutbox>().QueueAsync(transaction, mail, cancel),
                    default
                )
            );
        }
        return [.. (await IdsAsync(rooms)).Except(known)];
    }

    private static Task<List<string>> IdsAsync(Rooms rooms) =>
        rooms.Db.QueryAsync("SELECT id FROM idp.mail_outbox", static row => row.GetGuid(0).ToString("N"), default);

    private async Task WaitForAttemptsAsync(int more)
    {
        var before = await _database.ScalarAsync<long>("SELECT sum(attempts) FROM idp.mail_outbox");
        await Until.TrueAsync(
            async () => await _database.ScalarAsync<long>("SELECT sum(attempts) FROM idp.mail_outbox") >= before + more,
            "deliveries were tried"
        );
    }

    private async Task<long> CountAsync(string state) =>
        await _database.ScalarAsync<long>(
            "SELECT count(*) FROM idp.mail_outbox WHERE state = @state",
            ("state", state)
        );

    private static async Task StartAsync(params Rooms[] instances)
    {
        foreach (var service in instances.SelectMany(static rooms => rooms.HostedServices))
            await service.StartAsync(default);
    }

    private static async Task StopAsync(params Rooms[] instances)
    {
        foreach (var service in instances.SelectMany(static rooms => rooms.HostedServices))
            await service.StopAsync(default);
    }
}
