using System.Diagnostics;
using System.Net;
using Identity.Core.Data;
using Identity.Testing;
using Npgsql;

namespace Identity.IntegrationTests.Faults;

/// <summary>While the database is away, every answer says so and when to try again; afterwards everything goes on
/// where it was.</summary>
public sealed class OutageTests : IAsyncLifetime
{
    private readonly string _folder = IdentityProcess.CreateFolder();
    private readonly Uri _address = new($"http://localhost:{IdentityProcess.FreePort()}");
    private readonly HttpClient _http;
    private PostgresServers _servers = null!;

    public OutageTests() => _http = new() { BaseAddress = _address, Timeout = TimeSpan.FromSeconds(60) };

    public async Task InitializeAsync() => _servers = await PostgresServers.StartAsync();

    public async Task DisposeAsync()
    {
        _http.Dispose();
        await _servers.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_failover_to_a_standby_is_answered_with_503_and_survived()
    {
        var port = await _servers.AddStandbyAsync();
        await using var host = Serve(_servers.AddressOfBoth(port));
        await host.WaitUntilReadyAsync(_address);
        using RefreshTraffic traffic = new(
            _address,
            PostgresConnectionString.Parse(_servers.AddressOfBoth(port)) + ";Pooling=false"
        );
        await traffic.BeginAsync(3);

        await _servers.StopPrimaryAsync();
        for (var i = 0; i < 20; i++)
        {
            await AssertUnavailableAsync(Introspection());
            await Task.Delay(100);
        }
        await _servers.PromoteAsync();
        await host.WaitUntilReadyAsync(_address);
        using CancellationTokenSource stop = new(TimeSpan.FromSeconds(2));
        await traffic.RunAsync(stop.Token);

        Assert.Empty(traffic.Complaints);
        Assert.True(traffic.Acknowledged > 6, $"{traffic.Acknowledged} refreshes after the failover");
    }

    [Fact]
    public async Task A_request_ends_in_its_time_when_the_database_answers_nothing_at_all()
    {
        await using var host = Serve(_servers.ConnectionString, ("Identity__RequestTimeout", "00:00:03"));
        await host.WaitUntilReadyAsync(_address);
        using (var before = await _http.SendAsync(Introspection()))
            Assert.Equal(HttpStatusCode.OK, before.StatusCode);

        await _servers.FreezeAsync();
        try
        {
            await AssertUnavailableInTimeAsync(Introspection);
            await AssertUnavailableInTimeAsync(static () => new(HttpMethod.Get, "/health/ready"));
            using var live = await _http.GetAsync("/health/live");
            Assert.Equal(HttpStatusCode.OK, live.StatusCode);
        }
        finally
        {
            await _servers.ThawAsync();
        }

        await host.WaitUntilReadyAsync(_address);
        using var after = await _http.SendAsync(Introspection());
        Assert.Equal(HttpStatusCode.OK, after.StatusCode);
    }

    [Fact]
    public async Task A_commit_that_hangs_is_left_in_the_time_of_the_request_and_still_made()
    {
        await using var source = NpgsqlDataSource.Create(_servers.ConnectionString);
        Database database = new(source);
        using CancellationTokenSource time = new();
        var clock = new Stopwatch();

        var commit = database.InTransactionAsync(
            async (transaction, cancel) =>
            {
                await transaction.ExecuteAsync(
                    "INSERT INTO idp.replay_guard (key_hash, expires_at) "
                        + "VALUES (sha256('hanging'), now() + interval '1 hour')",
                    cancel
                );
                await _servers.FreezeAsync();
                clock.Start();
                time.CancelAfter(TimeSpan.FromSeconds(2));
            },
            time.Token
        );
        var failure = await Assert.ThrowsAnyAsync<Exception>(() => commit);
        var took = clock.Elapsed;
        await _servers.ThawAsync();

        Assert.True(DatabaseOutage.Includes(failure), failure.ToString());
        Assert.InRange(took, TimeSpan.FromSeconds(1.9), TimeSpan.FromSeconds(5));
        for (var i = 0; i < 50 && await CountAsync(database) == 0; i++)
            await Task.Delay(100);
        Assert.Equal(1L, await CountAsync(database));
    }

    [Fact]
    public async Task Connections_to_a_server_that_became_read_only_leave_the_pool()
    {
        await using var source = NpgsqlDataSource.Create(_servers.ConnectionString);
        Database database = new(source);
        var before = await database.QueryAsync("SELECT pg_backend_pid()", static row => row.GetInt32(0), default);

        var refused = await Assert.ThrowsAsync<PostgresException>(() =>
            database.ExecuteAsync(
                "SELECT set_config('transaction_read_only', 'on', false); DELETE FROM idp.replay_guard",
                default
            )
        );
        var after = await database.QueryAsync("SELECT pg_backend_pid()", static row => row.GetInt32(0), default);

        Assert.Equal(PostgresErrorCodes.ReadOnlySqlTransaction, refused.SqlState);
        Assert.True(DatabaseOutage.Includes(refused));
        Assert.NotEqual(before, after);
    }

    private static Task<long> CountAsync(Database database) =>
        database.QuerySingleOrDefaultAsync(
            "SELECT count(*) FROM idp.replay_guard WHERE key_hash = sha256('hanging')",
            static row => row.GetInt64(0),
            default
        );

    // A reference token, so that the answer needs the database.
    private static HttpRequestMessage Introspection() =>
        new(HttpMethod.Post, "/connect/introspect")
        {
            Content = new FormUrlEncodedContent(
                new Dictionary<string, string>
                {
                    ["client_id"] = "web",
                    ["client_secret"] = TestClients.Secret,
                    ["token"] = "ref_" + new string('A', 43),
                }
            ),
        };

    private async Task AssertUnavailableAsync(HttpRequestMessage request)
    {
        using (request)
        {
            using var answer = await _http.SendAsync(request);
            Assert.True(
                answer.StatusCode == HttpStatusCode.ServiceUnavailable,
                $"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}"
            );
            Assert.NotNull(answer.Headers.RetryAfter?.Delta);
        }
    }

    private async Task AssertUnavailableInTimeAsync(Func<HttpRequestMessage> request)
    {
        var clock = Stopwatch.StartNew();
        await AssertUnavailableAsync(request());
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(6));
    }

    private IdentityProcess Serve(string connection, params (string Key, string Value)[] more)
    {
        var settings = RefreshTraffic.Settings(_address, connection);
        foreach (var (key, value) in more)
            settings[key] = value;
        return IdentityProcess.Start(_folder, settings, $"--urls={_address.GetLeftPart(UriPartial.Authority)}");
    }
}
