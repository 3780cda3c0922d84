using System.Collections.Concurrent;
using System.Diagnostics;
using Identity.Core.Data;
using Identity.Core.Keys;
using Identity.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Identity.IntegrationTests.Keys;

public sealed class EngineKeysTests : IAsyncLifetime
{
    private readonly byte[] _masterKey = KeyInstance.NewMasterKey();
    private TestDatabase _db = null!;

    public async Task InitializeAsync() => _db = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();

    public async Task DisposeAsync() => await _db.DisposeAsync();

    [Fact]
    public async Task ES256_signs_first_and_what_may_not_sign_comes_without_its_private_half()
    {
        await using var engine = await EngineInstance.StartAsync(_db.Database, _masterKey);
        await engine.Keys.Rotation.RotateAsync("ES256", activate: false, default);
        await engine.Keys.Rotation.RotateAsync("RS256", activate: true, default);
        await engine.Keys.Ring.ReloadAsync(default);

        var credentials = engine.Server.SigningCredentials;

        Assert.Equal(
            [engine.Keys.Ring.Current("ES256").Kid, engine.Keys.Ring.Current("RS256").Kid],
            credentials.Take(2).Select(one => one.Kid)
        );
        Assert.Equal(
            engine.Keys.Ring.Published.Select(key => key.Kid).Order(StringComparer.Ordinal),
            credentials.Select(one => one.Kid).Order(StringComparer.Ordinal)
        );
        Assert.Equal(4, credentials.Count);
        Assert.All(
            credentials.Skip(2),
            one =>
                Assert.ThrowsAny<Exception>(() =>
                    new JsonWebTokenHandler().CreateToken(
                        new SecurityTokenDescriptor { Issuer = "http://localhost/", SigningCredentials = one }
                    )
                )
        );
    }

    [Fact]
    public async Task Server_and_local_validation_follow_a_rotation_without_a_restart()
    {
        await using var engine = await EngineInstance.StartAsync(_db.Database, _masterKey);
        var before = engine.Keys.Ring.Current("ES256").Kid;

        await engine.Keys.Rotation.RotateAsync("ES256", activate: true, default);
        await engine.Keys.Ring.ReloadAsync(default);

        Assert.NotEqual(before, engine.Server.SigningCredentials[0].Kid);
        Assert.Equal(engine.Keys.Ring.Current("ES256").Kid, engine.Server.SigningCredentials[0].Kid);
        var validation = await engine.Validation.ConfigurationManager!.GetConfigurationAsync(default);
        Assert.Contains(validation.SigningKeys, key => key.KeyId == engine.Keys.Ring.Current("ES256").Kid);
        Assert.Contains(validation.SigningKeys, key => key.KeyId == before);
    }

    [Fact]
    public async Task With_every_key_expired_the_engine_only_verifies_and_heals_when_there_is_one_again()
    {
        await using var engine = await EngineInstance.StartAsync(
            _db.Database,
            _masterKey,
            new KeysOptions { AutomaticRotation = false }
        );
        await _db.ExecuteAsync(
            "UPDATE idp.signing_keys SET retires_at = clock_timestamp(), activates_at = now() - interval '1 day'"
        );
        await engine.Keys.Ring.ReloadAsync(default);

        Assert.Throws<SigningKeyUnavailableException>(() => engine.Keys.Ring.Current("ES256"));
        Assert.Equal(2, engine.Server.SigningCredentials.Count);
        Assert.All(
            engine.Server.SigningCredentials,
            one =>
                Assert.ThrowsAny<Exception>(() =>
                    new JsonWebTokenHandler().CreateToken(
                        new SecurityTokenDescriptor { Issuer = "http://localhost/", SigningCredentials = one }
                    )
                )
        );

        await engine.Keys.Rotation.RotateAsync("ES256", activate: true, default);
        await engine.Keys.Ring.ReloadAsync(default);
        Assert.Equal(engine.Keys.Ring.Current("ES256").Kid, engine.Server.SigningCredentials[0].Kid);
    }

    [Fact]
    public async Task Instances_with_one_master_key_share_the_encryption_key()
    {
        await using var one = await EngineInstance.StartAsync(_db.Database, _masterKey);
        await using var other = await EngineInstance.StartAsync(_db.Database, _masterKey);

        var keys = new[] { one, other }
            .Select(engine =>
                Assert.IsType<SymmetricSecurityKey>(Assert.Single(engine.Server.EncryptionCredentials).Key)
            )
            .ToList();

        Assert.Equal(keys[0].Key, keys[1].Key);
        Assert.Equal(keys[0].KeyId, keys[1].KeyId);
    }

    /// <summary>
    /// Time is made short: a key signs for ten seconds, is announced five before, and clients keep the key set for one.
    /// Two instances sign all the while each rotates by schedule; every token is judged at once by the *other*
    /// instance's key set, as old as a client's cache may be.
    /// </summary>
    [Fact]
    public async Task Keys_rotate_under_traffic_on_two_instances_without_one_validation_failure()
    {
        KeysOptions options = new()
        {
            SigningLifetime = TimeSpan.FromSeconds(10),
            AnnounceBefore = TimeSpan.FromSeconds(5),
            PublishAfter = TimeSpan.FromSeconds(4),
            RotationInterval = TimeSpan.FromSeconds(0.5),
        };
        EngineInstance[] engines =
        [
            await EngineInstance.StartAsync(_db.Database, _masterKey, options),
            await EngineInstance.StartAsync(_db.Database, _masterKey, options),
        ];
        using CancellationTokenSource over = new(TimeSpan.FromSeconds(24));
        ConcurrentBag<string> failures = [];
        ConcurrentDictionary<string, int> signedWith = new(StringComparer.Ordinal);

        var background = engines.Select(engine => RunScheduleAsync(engine, options, over.Token)).ToList();
        await Task.WhenAll(
            Task.Run(() => TrafficAsync(engines[0], engines[1], "ES256", signedWith, failures, over.Token)),
            Task.Run(() => TrafficAsync(engines[1], engines[0], "ES256", signedWith, failures, over.Token)),
            Task.Run(() => TrafficAsync(engines[0], engines[1], "RS256", signedWith, failures, over.Token))
        );
        await Task.WhenAll(background);

        Assert.Empty(failures.Distinct().Take(5));
        Assert.True(signedWith.Count >= 6, $"Only {signedWith.Count} keys signed: nothing was rotated under traffic.");
        Assert.True(signedWith.Values.Sum() > 1000, $"Only {signedWith.Values.Sum()} tokens were issued.");
        foreach (var engine in engines)
            await engine.DisposeAsync();
    }

    private async Task RunScheduleAsync(EngineInstance engine, KeysOptions options, CancellationToken over)
    {
        using SigningKeyService service = new(
            engine.Keys.Rotation,
            engine.Keys.Ring,
            Options.Create(options),
            TimeProvider.System,
            NullLogger<SigningKeyService>.Instance
        );
        await using ListenerConnection connection = new(_db.ConnectionString);
        using ChangeListener listener = new(
            connection,
            new DatabaseClock(TimeProvider.System),
            new ListenerState(TimeProvider.System),
            [engine.Keys.Ring],
            [],
            NullLogger<ChangeListener>.Instance
        );
        await service.StartAsync(CancellationToken.None);
        await listener.StartAsync(CancellationToken.None);
        await Task.Delay(Timeout.InfiniteTimeSpan, over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await service.StopAsync(CancellationToken.None);
        await listener.StopAsync(CancellationToken.None);
    }

    private static async Task TrafficAsync(
        EngineInstance issuer,
        EngineInstance other,
        string algorithm,
        ConcurrentDictionary<string, int> signedWith,
        ConcurrentBag<string> failures,
        CancellationToken over
    )
    {
        JsonWebTokenHandler handler = new();
        IList<SecurityKey> cached = [];
        var cachedAt = 0L;
        while (!over.IsCancellationRequested)
        {
            if (cachedAt == 0 || Stopwatch.GetElapsedTime(cachedAt) > TimeSpan.FromSeconds(1))
                (cached, cachedAt) = (
                    new JsonWebKeySet(
                        $$"""{"keys":[{{string.Join(',', other.Keys.Ring.Published.Select(key => key.PublicJwk))}}]}"""
                    ).GetSigningKeys(),
                    Stopwatch.GetTimestamp()
                );
            try
            {
                var credentials = issuer.Server.SigningCredentials.First(one => one.Algorithm == algorithm);
                var token = handler.CreateToken(
                    new SecurityTokenDescriptor
                    {
                        Issuer = "http://localhost/",
                        Audience = "api",
                        SigningCredentials = credentials,
                    }
                );
                var result = await handler.ValidateTokenAsync(
                    token,
                    new TokenValidationParameters
                    {
                        ValidIssuer = "http://localhost/",
                        ValidAudience = "api",
                        IssuerSigningKeys = cached,
                        ValidAlgorithms = [algorithm],
                        TryAllIssuerSigningKeys = false,
                    }
                );
                signedWith.AddOrUpdate(credentials.Kid, 1, static (_, count) => count + 1);
                if (!result.IsValid)
                    failures.Add($"{algorithm}: {result.Exception.Message}");
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                failures.Add($"{algorithm}: {exception.Message}");
            }
            await Task.Delay(1, CancellationToken.None);
        }
    }
}
