using System.Collections.Concurrent;
using Identity.Core.Keys;
using Identity.Testing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Identity.IntegrationTests.Keys;

public sealed class SigningKeyRotationTests : IAsyncLifetime
{
    private readonly byte[] _masterKey = KeyInstance.NewMasterKey();
    private TestDatabase _db = null!;

    public async Task InitializeAsync() => _db = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();

    public async Task DisposeAsync() => await _db.DisposeAsync();

    [Fact]
    public async Task A_successor_is_announced_in_time_once_and_does_not_sign_before()
    {
        using var instance = await StartedAsync();
        var first = instance.Ring.Current("ES256").Kid;
        await instance.Rotation.RotateDueAsync(default);
        Assert.Equal(2, (await instance.Rotation.ListAsync(default)).Count);
        await MoveAsync(instance.Options.SigningLifetime - instance.Options.AnnounceBefore - TimeSpan.FromHours(1));

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => instance.Rotation.RotateDueAsync(default)));
        await instance.Ring.ReloadAsync(default);

        var keys = (await instance.Rotation.ListAsync(default)).Where(key => key.Algorithm == "ES256").ToList();
        Assert.Equal([SigningKeyState.Active, SigningKeyState.Announced], keys.Select(key => key.State));
        Assert.Equal(first, instance.Ring.Current("ES256").Kid);
        Assert.Equal(4, instance.Ring.Published.Count);
        Assert.True(keys[1].ActivatesAt <= keys[0].RetiresAt, "A gap lies between the two.");
        Assert.InRange(
            keys[1].ActivatesAt - instance.Ring.Now,
            instance.Options.AnnounceBefore - TimeSpan.FromMinutes(1),
            instance.Options.AnnounceBefore
        );
    }

    [Fact]
    public async Task Rotating_at_once_activates_an_announced_key_and_lets_the_former_run_out()
    {
        using var instance = await StartedAsync();
        var first = instance.Ring.Current("ES256").Kid;
        var announced = await instance.Rotation.RotateAsync("ES256", activate: false, default);
        Assert.Equal(SigningKeyState.Announced, announced.State);

        var active = await instance.Rotation.RotateAsync("ES256", activate: true, default);
        await instance.Ring.ReloadAsync(default);

        Assert.Equal(announced.Kid, active.Kid);
        Assert.Equal(active.Kid, instance.Ring.Current("ES256").Kid);
        var former = instance.Ring.Published.Single(key => key.Kid == first);
        Assert.InRange(former.RetiresAt - instance.Ring.Now, TimeSpan.Zero, TimeSpan.FromMinutes(2));
        Assert.Equal(instance.Options.PublishAfter, former.RemovesAt - former.RetiresAt);
        await Assert.ThrowsAsync<ArgumentException>(() =>
            instance.Rotation.RotateAsync("HS256", activate: true, default)
        );
    }

    [Fact]
    public async Task Retiring_the_only_key_makes_its_successor_in_the_same_step()
    {
        using var instance = await StartedAsync();
        var first = instance.Ring.Current("RS256").Kid;

        var outcome = Assert.IsType<SigningKeyRetirement.Retired>(
            await instance.Rotation.RetireAsync(first, remove: false, default)
        );
        await instance.Ring.ReloadAsync(default);

        Assert.Equal(outcome.Successor, instance.Ring.Current("RS256").Kid);
        Assert.Contains(instance.Ring.Published, key => key.Kid == first);
        Assert.IsType<SigningKeyRetirement.NotFound>(
            await instance.Rotation.RetireAsync("no-such-kid", remove: false, default)
        );
    }

    [Fact]
    public async Task A_removed_key_is_published_no_more()
    {
        using var instance = await StartedAsync();
        var leaked = instance.Ring.Current("ES256").Kid;

        await instance.Rotation.RetireAsync(leaked, remove: true, default);
        await instance.Ring.ReloadAsync(default);

        Assert.DoesNotContain(instance.Ring.Published, key => key.Kid == leaked);
        Assert.True(instance.Ring.IsReady, instance.Ring.NotReadyReason);
        Assert.Equal(
            "removed",
            await _db.ScalarAsync<string>(
                "SELECT details->>'reason' FROM public.audit_logs WHERE details->>'kid' = @kid ORDER BY created_at "
                    + "DESC LIMIT 1",
                ("kid", leaked)
            )
        );
    }

    [Fact]
    public async Task After_a_long_outage_the_next_look_makes_valid_keys_and_deletes_what_is_over()
    {
        using var instance = await StartedAsync();
        await MoveAsync(instance.Options.SigningLifetime + instance.Options.PublishAfter + TimeSpan.FromDays(1));
        await instance.Ring.ReloadAsync(default);
        Assert.False(instance.Ring.IsReady);

        await instance.Rotation.RotateDueAsync(default);
        await instance.Ring.ReloadAsync(default);

        Assert.True(instance.Ring.IsReady, instance.Ring.NotReadyReason);
        Assert.Equal(2L, await _db.ScalarAsync<long>("SELECT count(*) FROM idp.signing_keys"));
    }

    [Fact]
    public async Task Without_rotation_each_of_30_14_and_3_days_left_is_warned_of_once_and_no_key_left_is_an_error()
    {
        MovableTime time = new();
        using var instance = await StartedAsync(new KeysOptions { AutomaticRotation = false }, time);
        RecordingLogger logger = new();
        using SigningKeyService service = new(
            instance.Rotation,
            instance.Ring,
            Options.Create(instance.Options),
            time,
            logger
        );

        foreach (var daysLeft in (double[])[31, 29.5, 29, 14.5, 13.5, 13, 2.5, 2, -1])
        {
            time.Ahead = instance.Options.SigningLifetime - TimeSpan.FromDays(daysLeft);
            service.Warn();
        }

        string[] expected = ["Warning 29", "Warning 13", "Warning 2", "Error"];
        foreach (var algorithm in instance.Ring.Algorithms)
            Assert.Equal(
                expected,
                logger
                    .Entries.Where(entry => entry.Text.Contains(algorithm, StringComparison.Ordinal))
                    .Select(entry => entry.Days is { } days ? $"{entry.Level} {days}" : $"{entry.Level}")
            );
    }

    [Fact]
    public async Task With_automatic_rotation_at_work_nothing_is_warned_of()
    {
        MovableTime time = new();
        using var instance = await StartedAsync(time: time);
        RecordingLogger logger = new();
        using SigningKeyService service = new(
            instance.Rotation,
            instance.Ring,
            Options.Create(instance.Options),
            time,
            logger
        );

        time.Ahead = instance.Options.SigningLifetime - TimeSpan.FromDays(10);
        service.Warn();
        Assert.Empty(logger.Entries);

        // It should have been there three days ahead.
        time.Ahead = instance.Options.SigningLifetime - TimeSpan.FromDays(2.5);
        service.Warn();
        Assert.Equal(2, logger.Entries.Count);
    }

    // The database's clock cannot be moved; the rows can.
    private Task<int> MoveAsync(TimeSpan by) =>
        _db.ExecuteAsync(
            "UPDATE idp.signing_keys SET activates_at = activates_at - @by, retires_at = retires_at - @by, removes_at "
                + "= removes_at - @by",
            ("by", by)
        );

    private async Task<KeyInstance> StartedAsync(KeysOptions? options = null, TimeProvider? time = null)
    {
        KeyInstance instance = new(_db.Database, _masterKey, options, time);
        await instance.StartAsync();
        return instance;
    }

    private sealed class RecordingLogger : ILogger<SigningKeyService>
    {
        public ConcurrentQueue<(LogLevel Level, int? Days, string Text)> Entries { get; } = new();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        ) =>
            Entries.Enqueue(
                (
                    logLevel,
                    (state as IReadOnlyList<KeyValuePair<string, object?>>)
                        ?.FirstOrDefault(pair => pair.Key == "Days")
                        .Value as int?,
                    formatter(state, exception)
                )
            );
    }
}
