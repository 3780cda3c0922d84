using System.Net;
using System.Net.Sockets;
using Identity.Core.Keys;
using Identity.IntegrationTests.Protocol;
using Identity.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Identity.IntegrationTests.Faults;

/// <summary>Connections, to the database and from strangers, are few, and none is held for nothing.</summary>
public sealed class ConnectionTests : IAsyncLifetime
{
    private const string Waiting = "wait_event_type = 'Client' AND query LIKE 'LISTEN identity_changed%'";

    private TestDatabase _database = null!;

    public async Task InitializeAsync() => _database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Fact]
    public async Task An_instance_listens_on_one_connection_and_the_whole_pool_serves()
    {
        await using var host = await IdentityHost.StartAsync(_database, Settings(pool: 2));
        var source = host.Services.GetRequiredService<NpgsqlDataSource>();

        await using var one = await source.OpenConnectionAsync();
        await using var two = await source.OpenConnectionAsync();
        var listeners = 0L;
        for (var i = 0; i < 100 && listeners == 0; i++)
        {
            listeners = await AskAsync("SELECT count(*)");
            await Task.Delay(100);
        }

        Assert.Equal(1L, listeners);
    }

    [Fact]
    public async Task The_listener_returns_after_its_connection_was_cut_and_misses_nothing()
    {
        await using var host = await IdentityHost.StartAsync(_database, Settings(pool: 10));
        var ring = host.Services.GetRequiredService<SigningKeyRing>();
        var before = ring.Current("ES256").Kid;

        long cut;
        while ((cut = await AskAsync("SELECT count(pg_terminate_backend(pid))")) == 0)
            await Task.Delay(100);
        Assert.Equal(1L, cut);
        await host.Services.GetRequiredService<SigningKeyRotation>().RotateAsync("ES256", activate: true, default);
        for (var i = 0; i < 100 && ring.Current("ES256").Kid == before; i++)
            await Task.Delay(100);

        Assert.NotEqual(before, ring.Current("ES256").Kid);
    }

    [Fact]
    public async Task Whoever_waits_for_a_lock_gives_its_connection_back_and_is_told_to_try_again()
    {
        await using var host = await IdentityHost.StartAsync(
            _database,
            new Dictionary<string, string?>(Settings(pool: 10)) { ["Identity:LockTimeout"] = "00:00:01" }
        );
        using RelyingParty party = new(host);
        await party.SignInAsync(await RelyingParty.CreateUserAsync(_database, "ada@example.com"));
        var tokens = await party.GetTokensAsync("openid offline_access");
        await using var holder = await _database.Owner.OpenConnectionAsync();
        await using (var transaction = await holder.BeginTransactionAsync())
        {
            await using NpgsqlCommand hold = new("SELECT 1 FROM public.refresh_tokens FOR UPDATE", holder, transaction);
            await hold.ExecuteNonQueryAsync();

            var clock = System.Diagnostics.Stopwatch.StartNew();
            using var request = party.RefreshRequest(tokens.RefreshToken!);
            using var answer = await party.Backchannel.SendAsync(request);

            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            Assert.NotNull(answer.Headers.RetryAfter?.Delta);
            Assert.InRange(clock.Elapsed, TimeSpan.FromSeconds(0.9), TimeSpan.FromSeconds(5));
        }

        // It did nothing, so the token is still good.
        Assert.NotNull((await party.RefreshAsync(tokens.RefreshToken!)).RefreshToken);
    }

    [Fact]
    public async Task More_connections_than_files_may_be_open_end_no_process()
    {
        var folder = IdentityProcess.CreateFolder();
        Uri address = new($"http://localhost:{IdentityProcess.FreePort()}");
        await using (
            var host = IdentityProcess.StartLimited(
                folder,
                RefreshTraffic.Settings(address, _database.ConnectionString),
                openFiles: 1024,
                $"--urls={address.GetLeftPart(UriPartial.Authority)}"
            )
        )
        {
            await host.WaitUntilReadyAsync(address);
            using HttpClient early = new() { BaseAddress = address };
            await early.GetStringAsync("/health/live");

            List<Socket> strangers = [];
            var (closed, closedAtOnce) = (0, 0);
            for (var i = 0; i < 1_500; i++)
            {
                Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
                try
                {
                    await socket.ConnectAsync(address.Host, address.Port);
                    strangers.Add(socket);
                }
                catch (SocketException reset) when (reset.SocketErrorCode == SocketError.ConnectionReset)
                {
                    socket.Dispose();
                    closedAtOnce++;
                }
            }
            for (var i = 0; i < 100 && closed < 1_000; i++)
            {
                await Task.Delay(100);
                closed = closedAtOnce + strangers.Count(static socket => socket.Poll(0, SelectMode.SelectRead));
            }
            // Whoever was there before is served on.
            var live = await early.GetAsync("/health/live");
            strangers.ForEach(static socket => socket.Dispose());

            Assert.False(host.HasExited, host.Error);
            Assert.InRange(closed, 1_000, 1_300);
            Assert.Equal(HttpStatusCode.OK, live.StatusCode);
            Assert.Contains("may open only 1024 files", host.Output, StringComparison.Ordinal);
            await host.WaitUntilReadyAsync(address);
        }
        Directory.Delete(folder, recursive: true);
    }

    // As the superuser: others do not see what a session does.
    private async Task<long> AskAsync(string select)
    {
        await using var source = NpgsqlDataSource.Create(_database.SuperUserConnectionString);
        await using var command = source.CreateCommand(
            $"{select} FROM pg_stat_activity WHERE datname = current_database() AND {Waiting}"
        );
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private Dictionary<string, string?> Settings(int pool) =>
        new(ProtocolFixture.Settings)
        {
            ["ConnectionStrings:Identity"] = $"{_database.ConnectionString};Maximum Pool Size={pool};Timeout=3",
        };
}
