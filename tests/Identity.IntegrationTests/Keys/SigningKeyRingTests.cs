using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Identity.Core.Keys;
using Identity.Testing;
using Npgsql;

namespace Identity.IntegrationTests.Keys;

public sealed class SigningKeyRingTests : IAsyncLifetime
{
    private readonly byte[] _masterKey = KeyInstance.NewMasterKey();
    private TestDatabase _db = null!;

    public async Task InitializeAsync() => _db = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();

    public async Task DisposeAsync() => await _db.DisposeAsync();

    [Fact]
    public async Task Five_instances_that_start_together_make_one_key_of_each_algorithm()
    {
        var instances = Enumerable.Range(0, 5).Select(_ => new KeyInstance(_db.Database, _masterKey)).ToList();

        await Task.WhenAll(instances.Select(instance => Task.Run(instance.StartAsync)));

        Assert.Equal(
            ["ES256 1", "RS256 1"],
            await RowsAsync("SELECT algorithm || ' ' || count(*) FROM idp.signing_keys GROUP BY algorithm ORDER BY 1")
        );
        Assert.All(instances, instance => Assert.True(instance.Ring.IsReady, instance.Ring.NotReadyReason));
        Assert.Single(instances.Select(instance => instance.Ring.Current("ES256").Kid).Distinct());
        Assert.Equal(
            2L,
            await _db.ScalarAsync<long>(
                "SELECT count(*) FROM public.audit_logs WHERE event_type = 'signing_key_rotated'"
            )
        );
    }

    [Fact]
    public async Task No_private_half_stands_readable_in_the_rows()
    {
        using var instance = await StartedAsync();

        var rows = await RowsAsync(
            "SELECT signing_keys::text || encode(private_protected, 'base64') || encode(private_protected, 'escape') "
                + "FROM idp.signing_keys"
        );

        var secrets = instance.Ring.Published.Select(key =>
            key.PrivateKey is ECDsa ec ? ec.ExportParameters(true).D! : ((RSA)key.PrivateKey).ExportParameters(true).D!
        );
        Assert.All(
            secrets,
            secret =>
                Assert.All(
                    rows,
                    row =>
                    {
                        Assert.DoesNotContain(
                            Convert.ToHexStringLower(secret),
                            row,
                            StringComparison.OrdinalIgnoreCase
                        );
                        Assert.DoesNotContain(Convert.ToBase64String(secret)[..40], row, StringComparison.Ordinal);
                    }
                )
        );
        Assert.Equal(
            0L,
            await _db.ScalarAsync<long>(
                "SELECT count(*) FROM idp.signing_keys WHERE public_jwk ? 'd' OR public_jwk ? 'p'"
            )
        );
        foreach (
            var protectedBytes in await _db.Database.QueryAsync(
                "SELECT private_protected FROM idp.signing_keys",
                row => row.GetFieldValue<byte[]>(0),
                default
            )
        )
            Assert.ThrowsAny<CryptographicException>(() => ECDsa.Create().ImportPkcs8PrivateKey(protectedBytes, out _));
    }

    [Theory]
    [InlineData(
        "UPDATE idp.signing_keys a SET private_protected = b.private_protected FROM idp.signing_keys b WHERE "
            + "a.algorithm = 'ES256' AND b.algorithm = 'RS256'"
    )]
    [InlineData(
        "UPDATE idp.signing_keys SET private_protected = set_byte(private_protected, 40, get_byte(private_protected, "
            + "40) # 1) WHERE algorithm = 'ES256'"
    )]
    [InlineData("UPDATE idp.signing_keys SET kid = 'another' WHERE algorithm = 'ES256'")]
    [InlineData("UPDATE idp.signing_keys SET algorithm = 'PS256' WHERE algorithm = 'RS256'")]
    public async Task A_row_that_was_moved_changed_or_relabelled_does_not_open_and_stops_no_instance(string attack)
    {
        using var running = await StartedAsync();
        await _db.ExecuteAsync(attack);

        using var starting = new KeyInstance(_db.Database, _masterKey);
        await running.Ring.ReloadAsync(default);

        await starting.StartAsync();

        Assert.False(starting.Ring.IsReady);
        Assert.False(running.Ring.IsReady);
        Assert.Single(running.Ring.Published);
    }

    [Fact]
    public async Task A_public_key_planted_in_the_database_is_not_published()
    {
        using var running = await StartedAsync();
        await _db.ExecuteAsync(
            """UPDATE idp.signing_keys SET public_jwk = '{"kty":"EC","crv":"P-256","x":"planted","y":"planted"}'"""
        );
        await _db.ExecuteAsync(
            """
            INSERT INTO idp.signing_keys (kid, algorithm, public_jwk, private_protected, master_key_id, activates_at,
                retires_at, removes_at)
            SELECT 'planted', 'ES256', '{}', private_protected, master_key_id, activates_at, retires_at, removes_at
                FROM idp.signing_keys WHERE algorithm = 'ES256'
            """
        );

        await running.Ring.ReloadAsync(default);

        Assert.DoesNotContain(
            running.Ring.Published,
            key => key.Kid == "planted" || key.PublicJwk.Contains("planted", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Another_master_key_fails_the_start_and_makes_nothing()
    {
        using (await StartedAsync())
        {
            using var stranger = new KeyInstance(_db.Database, KeyInstance.NewMasterKey());

            var failure = await Assert.ThrowsAnyAsync<CryptographicException>(stranger.StartAsync);

            Assert.Contains("PreviousMasterKeys", failure.Message, StringComparison.Ordinal);
            Assert.Empty(stranger.Ring.Published);
            Assert.Equal(2L, await _db.ScalarAsync<long>("SELECT count(*) FROM idp.signing_keys"));
        }
    }

    [Fact]
    public async Task A_former_master_key_opens_and_rewrapping_makes_it_dispensable()
    {
        using var before = await StartedAsync();
        var newKey = KeyInstance.NewMasterKey();
        using var between = new KeyInstance(_db.Database, newKey, null, null, _masterKey);
        await between.StartAsync();

        Assert.Equal(2, await between.Rotation.RewrapAsync(default));

        using var after = new KeyInstance(_db.Database, newKey);
        await after.StartAsync();
        Assert.Equal(before.Ring.Current("ES256").Kid, after.Ring.Current("ES256").Kid);
        Assert.Equal(0, await after.Rotation.RewrapAsync(default));
    }

    [Fact]
    public async Task An_expired_key_never_signs_and_is_published_until_it_is_removed()
    {
        MovableTime time = new();
        using var instance = await StartedAsync(time: time);
        var kid = instance.Ring.Current("ES256").Kid;

        time.Ahead = instance.Options.SigningLifetime - TimeSpan.FromMinutes(1);
        Assert.Equal(kid, instance.Ring.Current("ES256").Kid);
        time.Ahead = instance.Options.SigningLifetime + TimeSpan.FromSeconds(1);

        Assert.Throws<SigningKeyUnavailableException>(() => instance.Ring.Current("ES256"));
        Assert.False(instance.Ring.IsReady);
        Assert.Contains("ES256", instance.Ring.NotReadyReason, StringComparison.Ordinal);
        Assert.Contains(instance.Ring.Published, key => key.Kid == kid);
        time.Ahead = instance.Options.SigningLifetime + instance.Options.PublishAfter + TimeSpan.FromSeconds(1);
        Assert.Empty(instance.Ring.Published);
    }

    [Fact]
    public async Task A_jumped_clock_is_put_right_by_the_databases_at_the_next_read()
    {
        MovableTime time = new();
        using var instance = await StartedAsync(time: time);

        time.Ahead = TimeSpan.FromDays(3650);
        Assert.False(instance.Ring.IsReady);
        await instance.Ring.ReloadAsync(default);

        Assert.True(instance.Ring.IsReady, instance.Ring.NotReadyReason);
        Assert.InRange(
            instance.Ring.Now - TimeProvider.System.GetUtcNow(),
            TimeSpan.FromSeconds(-5),
            TimeSpan.FromSeconds(5)
        );
    }

    [Fact]
    public async Task The_ring_signals_when_a_key_moves_on_by_time_alone()
    {
        using var instance = await StartedAsync();
        await _db.ExecuteAsync(
            "UPDATE idp.signing_keys SET retires_at = now() + interval '700 milliseconds' WHERE algorithm = 'RS256'"
        );
        await instance.Ring.ReloadAsync(default);
        TaskCompletionSource<bool> readyAtSignal = new();
        instance
            .Ring.GetChangeToken()
            .RegisterChangeCallback(_ => readyAtSignal.TrySetResult(instance.Ring.IsReady), null);

        Assert.False(await readyAtSignal.Task.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Null(instance.Ring.Find("RS256"));
    }

    [Fact]
    public async Task The_kid_is_the_thumbprint_of_the_published_key()
    {
        using var instance = await StartedAsync();

        using var set = JsonDocument.Parse(await instance.Rotation.ExportPublicAsync(default));

        foreach (var jwk in set.RootElement.GetProperty("keys").EnumerateArray())
        {
            string[] members =
                jwk.GetProperty("kty").GetString() == "EC" ? ["crv", "kty", "x", "y"] : ["e", "kty", "n"];
            var text =
                "{"
                + string.Join(',', members.Select(name => $"\"{name}\":\"{jwk.GetProperty(name).GetString()}\""))
                + "}";
            Assert.Equal(
                System.Buffers.Text.Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(text))),
                jwk.GetProperty("kid").GetString()
            );
            Assert.False(jwk.TryGetProperty("d", out _));
        }
        Assert.Equal(2, set.RootElement.GetProperty("keys").GetArrayLength());
    }

    private async Task<KeyInstance> StartedAsync(KeysOptions? options = null, TimeProvider? time = null)
    {
        KeyInstance instance = new(_db.Database, _masterKey, options, time);
        await instance.StartAsync();
        return instance;
    }

    private async Task<List<string>> RowsAsync(string sql) =>
        await _db.Database.QueryAsync(sql, static (NpgsqlDataReader row) => row.GetString(0), default);
}
