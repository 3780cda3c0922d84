using System.Net;
using Identity.Core.Clients;
using Identity.Core.Data;
using Identity.Core.Logout;
using Identity.IntegrationTests.Audit;
using Identity.Server.Protocol.Logout.Channels;
using Identity.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Identity.IntegrationTests.Logout;

/// <summary>Back-channel logout over real PostgreSQL and real HTTP, with two instances at work on one
/// database.</summary>
public sealed class LogoutDelivererTests : IAsyncLifetime
{
    private readonly List<BackgroundService> _instances = [];
    private ListenerConnection _connection = null!;
    private readonly List<BackchannelLogoutSender> _senders = [];
    private TestDatabase _database = null!;
    private LogoutReceiver _receiver = null!;

    public async Task InitializeAsync()
    {
        _database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        _connection = new(_database.ConnectionString);
        _receiver = await LogoutReceiver.StartAsync();
    }

    public async Task DisposeAsync()
    {
        foreach (var instance in _instances)
        {
            await instance.StopAsync(CancellationToken.None);
            instance.Dispose();
        }
        _senders.ForEach(static sender => sender.Dispose());
        await _connection.DisposeAsync();
        await _receiver.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Every_ended_session_is_acknowledged_once_whatever_ended_it_and_whichever_instance_delivers()
    {
        await StartInstancesAsync(2);
        var ended = await SessionsAsync(40, "web");
        var expired = await SessionsAsync(
            20,
            "web",
            "expires_at = now() - interval '1 second', created_at = now() - interval '1 day'"
        );

        await EndAsync(ended);
        await AuditInstance.JobsOf(_database.Database).RunAsync("sessions", default);

        await UntilAsync(() => CountAsync("delivered_at IS NOT NULL"), 60);
        Assert.Equal(60, _receiver.Received.Count);
        Assert.Equal(ended.Concat(expired).Order(), _receiver.Acknowledged.Select(Guid.Parse).Order());
        Assert.Equal(20, await CountAsync("reason = 'expired'"));
        Assert.Equal(60, await CountAsync("attempts = 1 AND last_status = 200 AND last_error IS NULL"));
    }

    [Fact]
    public async Task A_client_that_is_down_then_hangs_then_fails_hears_everything_once_it_is_up()
    {
        var port = _receiver.Address.Port;
        await _receiver.DisposeAsync();
        await StartInstancesAsync(2);
        var ended = await SessionsAsync(5, "web");

        await EndAsync(ended);
        await UntilAsync(() => CountAsync("attempts > 0 AND last_error = 'it cannot be reached'"), 5);
        _receiver = await LogoutReceiver.StartAsync(port);
        _receiver.Behave = LogoutReceiver.Behaviour.Hang;
        await UntilAsync(() => CountAsync("last_error = 'no answer within 5 seconds'"), 1, orMore: true);
        _receiver.Behave = LogoutReceiver.Behaviour.Fail;
        await UntilAsync(() => CountAsync("last_status = 500"), 1, orMore: true);
        Assert.Equal(0, await CountAsync("delivered_at IS NOT NULL"));
        _receiver.Behave = LogoutReceiver.Behaviour.Acknowledge;

        await UntilAsync(() => CountAsync("delivered_at IS NOT NULL"), 5);
        Assert.Equal(ended.Order(), _receiver.Acknowledged.Select(Guid.Parse).Order());
    }

    [Fact]
    public async Task A_client_that_hangs_keeps_no_other_waiting()
    {
        await using var second = await LogoutReceiver.StartAsync();
        _receiver.Behave = LogoutReceiver.Behaviour.Hang;
        await StartInstancesAsync(1, ("api", second.Address));
        await EndAsync(await SessionsAsync(30, "web"));
        await UntilAsync(() => CountAsync("client_id = 'web' AND attempts > 0"), 1, orMore: true);

        await EndAsync(await SessionsAsync(30, "api"));

        await UntilAsync(() => CountAsync("client_id = 'api' AND delivered_at IS NOT NULL"), 30, seconds: 4);
        Assert.Equal(0, await CountAsync("client_id = 'web' AND delivered_at IS NOT NULL"));
    }

    [Theory]
    [InlineData("Redirect", "last_status = 307")]
    [InlineData("Flood", "last_error = 'its answer is longer than 8 KiB'")]
    public async Task A_redirect_or_an_endless_answer_is_no_acknowledgement(string behaviour, string row)
    {
        _receiver.Behave = Enum.Parse<LogoutReceiver.Behaviour>(behaviour);
        await StartInstancesAsync(1);

        await EndAsync(await SessionsAsync(1, "web"));

        await UntilAsync(() => CountAsync($"attempts > 0 AND {row}"), 1);
        Assert.Equal(0, await CountAsync("delivered_at IS NOT NULL"));
    }

    [Fact]
    public async Task A_client_without_an_address_is_done_at_once_and_old_messages_are_given_up_until_an_operator_asks()
    {
        _receiver.Behave = LogoutReceiver.Behaviour.Fail;
        var ledger = new LogoutLedger(_database.Database);
        await EndAsync(await SessionsAsync(3, "silent"));
        await EndAsync(await SessionsAsync(1, "web"));
        await _database.ExecuteAsync(
            "UPDATE idp.logout_deliveries SET created_at = now() - interval '2 days' WHERE client_id = 'web'"
        );

        await StartInstancesAsync(1);

        await UntilAsync(() => CountAsync("abandoned_at IS NOT NULL"), 4);
        Assert.Equal(
            [LogoutState.NotApplicable, LogoutState.NotApplicable, LogoutState.NotApplicable],
            (await ledger.ListAsync(new(ClientId: "silent"), 10, null, default)).Select(static entry => entry.State)
        );
        var given = Assert.Single(await ledger.ListAsync(new(ClientId: "web"), 10, null, default));
        Assert.Equal((LogoutState.Abandoned, 1, 500), (given.State, given.Attempts, given.LastStatus));
        Assert.Empty(await ledger.ListAsync(new(OnlyWaiting: true), 10, null, default));

        _receiver.Behave = LogoutReceiver.Behaviour.Acknowledge;
        Assert.True(await ledger.RetryAsync(given.Id, default));
        await UntilAsync(() => CountAsync("delivered_at IS NOT NULL"), 1);
        Assert.False(await ledger.RetryAsync(given.Id, default));
    }

    [Fact]
    public async Task What_a_killed_instance_had_claimed_is_delivered_when_its_lease_is_over()
    {
        await EndAsync(await SessionsAsync(1, "web"));
        var claimed = await new LogoutDeliveryStore(_database.Database).ClaimAsync("web", 4, default);
        Assert.Single(claimed);
        Assert.Empty(await new LogoutDeliveryStore(_database.Database).ClaimAsync("web", 4, default));

        await _database.ExecuteAsync("UPDATE idp.logout_deliveries SET next_attempt_at = now()");
        await StartInstancesAsync(2);

        await UntilAsync(() => CountAsync("delivered_at IS NOT NULL AND attempts = 2"), 1);
        // The late word of the lost lease changes nothing.
        await new LogoutDeliveryStore(_database.Database).Table.FailAsync(
            claimed[0].Id,
            claimed[0].Attempts,
            500,
            "late",
            TimeSpan.Zero,
            TimeSpan.FromDays(1)
        );
        Assert.Equal(1, await CountAsync("delivered_at IS NOT NULL AND last_error IS NULL"));
    }

    private async Task StartInstancesAsync(int count, params (string Id, Uri Address)[] more)
    {
        for (var i = 0; i < count; i++)
        {
            var settings = new Dictionary<string, string?>
            {
                ["Identity:Clients:silent:Profile"] = "Spa",
                ["Identity:Clients:silent:RedirectUris:0"] = "https://silent.example/cb",
            };
            foreach (var (id, address) in more.Prepend(("web", _receiver.Address)))
            {
                settings[$"Identity:Clients:{id}:Profile"] = "Spa";
                settings[$"Identity:Clients:{id}:RedirectUris:0"] = "https://app.example/cb";
                settings[$"Identity:Clients:{id}:BackchannelLogoutUri"] = address.AbsoluteUri;
            }
            var database = _database.Database;
            var registry = new ClientRegistry(
                new ConfigurationBuilder().AddInMemoryCollection(settings).Build(),
                database,
                NullLogger<ClientRegistry>.Instance
            );
            await registry.LoadAsync(strict: true, default);
            var sender = new BackchannelLogoutSender(static address => IPAddress.IsLoopback(address));
            LogoutListener listener = new();
            ChangeListener changes = new(
                _connection,
                new DatabaseClock(TimeProvider.System),
                new ListenerState(TimeProvider.System),
                [],
                [listener],
                NullLogger<ChangeListener>.Instance
            );
            var deliverer = new LogoutDeliverer(
                new(database),
                registry,
                new SessionIdTokens(),
                sender,
                listener,
                Options.Create(
                    new LogoutOptions
                    {
                        FirstPause = TimeSpan.FromMilliseconds(200),
                        MaxPause = TimeSpan.FromSeconds(1),
                    }
                ),
                NullLogger<LogoutDeliverer>.Instance
            );
            _senders.Add(sender);
            _instances.AddRange([changes, deliverer]);
            await changes.StartAsync(default);
            await deliverer.StartAsync(default);
        }
    }

    private async Task<Guid[]> SessionsAsync(int count, string clientId, string change = "is_active = true")
    {
        var database = _database.Database;
        var user = await database.QuerySingleOrDefaultAsync(
            "INSERT INTO users (email) VALUES (@email) RETURNING id",
            static row => row.GetGuid(0),
            default,
            ("email", $"{Guid.NewGuid():N}@example.org")
        );
        var ids = Enumerable.Range(0, count).Select(static _ => Guid.CreateVersion7()).ToArray();
        await database.ExecuteAsync(
            """
            INSERT INTO sessions (id, user_id, token_hash, auth_time, expires_at, amr)
            SELECT id, @user, sha256(id::text::bytea), now(), now() + interval '1 day', '{pwd}' FROM unnest(@ids) id
            """,
            default,
            ("user", user),
            ("ids", ids)
        );
        await database.ExecuteAsync(
            "INSERT INTO idp.session_clients (session_id, client_id) SELECT id, @client FROM unnest(@ids) id",
            default,
            ("client", clientId),
            ("ids", ids)
        );
        await database.ExecuteAsync($"UPDATE sessions SET {change} WHERE id = ANY (@ids)", default, ("ids", ids));
        return ids;
    }

    private Task EndAsync(Guid[] sessions) =>
        _database.Database.QuerySingleOrDefaultAsync(
            "SELECT idp.end_sessions(@ids, 'logout')",
            static row => row.GetInt32(0),
            default,
            ("ids", sessions)
        );

    private async Task<int> CountAsync(string where) =>
        (int)await _database.ScalarAsync<long>($"SELECT count(*) FROM idp.logout_deliveries WHERE {where}");

    private static async Task UntilAsync(Func<Task<int>> count, int wanted, bool orMore = false, int seconds = 40)
    {
        var last = -1;
        for (var i = 0; i < seconds * 20; i++)
        {
            last = await count();
            if (last == wanted || (orMore && last > wanted))
                return;
            await Task.Delay(50);
        }
        Assert.Fail($"Waited for {wanted} rows; there were {last}.");
    }

    private sealed class SessionIdTokens : ILogoutTokenFactory
    {
        public string? Create(Client client, LogoutDelivery delivery) => delivery.SessionId.ToString("D");
    }
}
