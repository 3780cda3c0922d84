using System.Diagnostics;
using System.Net;
using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Primitives;
using Identity.Core.Sessions;
using Identity.IntegrationTests.Pages;
using Identity.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Identity.IntegrationTests.Scale;

/// <summary>Two instances with one cache of sessions in a real Redis.</summary>
public sealed class SessionCacheTests(SessionCacheTests.Scene scene) : IClassFixture<SessionCacheTests.Scene>
{
    private readonly TestDatabase _db = scene.Db;
    private readonly RedisServer _redis = scene.Redis;
    private readonly IdentityHost _one = scene.One;
    private readonly IdentityHost _other = scene.Other;

    [Fact]
    public async Task A_session_that_one_instance_validated_costs_the_other_no_statement()
    {
        await CachedAsync((await SignedInAsync()).Token);
        var (_, token) = await SignedInAsync();

        var first = await ValidateAsync(_one, token);
        var again = await ValidateAsync(_one, token);
        var elsewhere = await ValidateAsync(_other, token);

        Assert.Equal((1, 0, 0), (first.Commands, again.Commands, elsewhere.Commands));
        Assert.Equal(
            first.Session! with
            {
                ReadAt = default,
            },
            elsewhere.Session! with
            {
                ReadAt = default,
                Amr = first.Session.Amr,
            }
        );
        Assert.Equal(first.Session.Amr, elsewhere.Session!.Amr);
        Assert.True(elsewhere.Session.ReadAt >= first.Session.ReadAt);
    }

    [Fact]
    public async Task SE_7_an_ended_session_ends_on_every_instance_at_once()
    {
        List<TimeSpan> waits = [];
        for (var round = 0; round < 20; round++)
        {
            var (userId, token) = await SignedInAsync();
            await CachedAsync(token);

            await EndAsync(round % 2 == 0 ? _one : _other, userId);
            var ended = Stopwatch.GetTimestamp();
            await UntilAsync(async () => (await ValidateAsync(_one, token)).Session is null);
            await UntilAsync(async () => (await ValidateAsync(_other, token)).Session is null);
            waits.Add(Stopwatch.GetElapsedTime(ended));
        }

        Assert.All(waits, static wait => Assert.True(wait < TimeSpan.FromSeconds(1), $"{wait}"));
    }

    [Theory]
    [InlineData("UPDATE users SET is_disabled = true WHERE id = @id", null)]
    [InlineData("UPDATE users SET deleted_at = now() WHERE id = @id", null)]
    [InlineData("UPDATE users SET operator_locked_until = now() + interval '1 hour' WHERE id = @id", null)]
    [InlineData("UPDATE sessions SET token_hash = sha256('x') WHERE user_id = @id", null)]
    [InlineData("DELETE FROM sessions WHERE user_id = @id", null)]
    [InlineData("UPDATE users SET name = 'New' WHERE id = @id", "New")]
    [InlineData("UPDATE sessions SET acr = 'New' WHERE user_id = @id", "New")]
    public async Task SE_7_a_change_of_an_account_or_a_session_is_seen_by_every_instance(string change, string? seen)
    {
        var (userId, token) = await SignedInAsync();
        await CachedAsync(token);

        await _db.ExecuteAsync(change, ("id", userId));

        foreach (var instance in new[] { _one, _other })
        {
            await UntilAsync(async () =>
                (await ValidateAsync(instance, token)).Session is var session
                && (seen is null ? session is null : session!.Name == seen || session.Acr == seen)
            );
        }
    }

    [Fact]
    public async Task An_instance_that_is_not_notified_asks_the_database()
    {
        var (userId, token) = await SignedInAsync();
        await CachedAsync(token);

        await CutListenersAsync();
        await UntilAsync(() =>
            Task.FromResult(_one.Services.GetRequiredService<ListenerState>().Interruption.Value is not null)
        );
        var unheard = await ValidateAsync(_one, token);
        await EndAsync(_other, userId);
        var ended = await ValidateAsync(_one, token);

        Assert.NotNull(unheard.Session);
        Assert.Equal(1, unheard.Commands);
        Assert.Null(ended.Session);
    }

    [Fact]
    public async Task A_cache_that_hangs_costs_one_request_a_quarter_of_a_second_and_nothing_is_wrong()
    {
        var (userId, token) = await SignedInAsync();
        await CachedAsync(token);

        await _redis.HangAsync(TimeSpan.FromSeconds(3));
        var (_, fresh) = await SignedInAsync();
        var began = Stopwatch.GetTimestamp();
        var hung = await ValidateAsync(_other, fresh);
        var slow = Stopwatch.GetElapsedTime(began);
        for (var i = 0; i < 20; i++)
            Assert.NotNull((await ValidateAsync(_other, token)).Session);
        var rest = Stopwatch.GetElapsedTime(began) - slow;
        await EndAsync(_one, userId);
        await UntilAsync(async () => (await ValidateAsync(_one, token)).Session is null);

        Assert.NotNull(hung.Session);
        await UntilAsync(async () => (await ValidateAsync(_other, token)).Session is null);
        Assert.True(slow < TimeSpan.FromSeconds(2) && rest < TimeSpan.FromSeconds(2), $"{slow}, then {rest}");
    }

    [Fact]
    public async Task What_is_stored_shows_nobody_and_serves_no_other_session()
    {
        var (_, mine) = await SignedInAsync("mine@example.org");
        var (_, theirs) = await SignedInAsync("theirs@example.org");
        await CachedAsync(theirs);
        await ValidateAsync(_one, mine);
        var all = await _redis.ReadAllAsync();

        await _redis.CopyAsync(KeyOf(theirs), KeyOf(mine));
        var after = await ValidateAsync(_other, mine);

        Assert.Contains(KeyOf(mine), all, StringComparison.Ordinal);
        Assert.DoesNotContain("example.org", all, StringComparison.Ordinal);
        Assert.DoesNotContain(mine.Value, all, StringComparison.Ordinal);
        Assert.Equal(("mine@example.org", 1), (after.Session!.Email, after.Commands));
    }

    private static string KeyOf(OpaqueToken token) =>
        "identity:session:" + Convert.ToHexStringLower(token.Digest.Value);

    private async Task<(Guid UserId, OpaqueToken Token)> SignedInAsync(string? email = null)
    {
        var userId = await RelyingParty.CreateUserAsync(_db, email ?? $"{Guid.NewGuid():N}@example.org");
        var token = OpaqueToken.Create();
        await _db.ExecuteAsync(
            "INSERT INTO sessions (user_id, token_hash, expires_at, amr) "
                + "VALUES (@user, @hash, now() + interval '1 hour', '{pwd}')",
            ("user", userId),
            ("hash", token.Digest.Value)
        );
        return (userId, token);
    }

    private static async Task<(ActiveSession? Session, int Commands)> ValidateAsync(
        IdentityHost host,
        OpaqueToken token
    )
    {
        using var counter = SqlCommandCounter.Start();
        var session = await host.Services.GetRequiredService<SessionStore>().ValidateAsync(token.Digest, default);
        return (session, counter.Commands);
    }

    // What was read within a second of the first LISTEN is not used.
    private async Task CachedAsync(OpaqueToken token)
    {
        await UntilAsync(async () => (await ValidateAsync(_one, token)).Commands == 0);
        await UntilAsync(async () => (await ValidateAsync(_other, token)).Commands == 0);
    }

    private async Task CutListenersAsync()
    {
        await using var super = NpgsqlDataSource.Create(_db.SuperUserConnectionString);
        await using var cut = super.CreateCommand(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                + "WHERE datname = current_database() AND query LIKE 'LISTEN identity_changed%'"
        );
        await cut.ExecuteNonQueryAsync();
    }

    private static Task EndAsync(IdentityHost host, Guid userId) =>
        host
            .Services.GetRequiredService<SessionStore>()
            .EndAllAsync(userId, null, EndReason.Revoked, new RequestContext(IPAddress.Loopback, null, null), default);

    private static async Task UntilAsync(Func<Task<bool>> happened)
    {
        for (var started = Stopwatch.GetTimestamp(); !await happened(); )
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(10), "It did not happen.");
            await Task.Delay(2);
        }
    }

    public sealed class Scene : IAsyncLifetime
    {
        internal TestDatabase Db { get; private set; } = null!;
        internal RedisServer Redis { get; private set; } = null!;
        internal IdentityHost One { get; private set; } = null!;
        internal IdentityHost Other { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            Db = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
            Redis = await RedisServer.StartAsync();
            Dictionary<string, string?> settings = new()
            {
                ["Identity:Keys:MasterKey"] = Convert.ToBase64String(new byte[32]),
                ["Identity:SessionCache:Lifetime"] = "00:01:00",
                ["Identity:SessionCache:Redis"] = Redis.Address,
            };
            One = await IdentityHost.StartAsync(Db, settings);
            Other = await IdentityHost.StartAsync(Db, settings);
        }

        public async Task DisposeAsync()
        {
            await Other.DisposeAsync();
            await One.DisposeAsync();
            await Redis.DisposeAsync();
            await Db.DisposeAsync();
        }
    }
}
