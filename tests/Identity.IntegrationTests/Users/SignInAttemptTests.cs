using Identity.Core.Audit;
using Identity.Core.Passwords;
using Identity.Core.Primitives;
using Identity.Core.Recovery;
using Identity.Core.Sessions;
using Identity.Core.Throttling;
using Identity.Core.TwoFactor;
using Identity.Core.Users;
using Identity.Testing;

namespace Identity.IntegrationTests.Users;

/// <summary>An attempt that was reserved is judged to its end or given back, and what locks is told.</summary>
public sealed class SignInAttemptTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    private static readonly AttemptLimit Five = new(5, TimeSpan.FromMinutes(30), TimeSpan.FromMinutes(30));

    [Fact]
    public async Task BF_2_requests_that_are_dropped_while_they_wait_for_a_hash_lock_nobody_out()
    {
        await using var rooms = new Rooms(fixture.Database);
        var user = await rooms.UserAsync();
        using var dropped = new CancellationTokenSource();
        var place = new HeldPlaces(rooms.Get<HashQueue>());
        var clicks = Enumerable
            .Range(0, 8)
            .Select(_ => TryAsync(rooms, user.Email, "Wrong-Horse-7-battery", Rooms.Stranger, dropped.Token))
            .ToArray();
        await place.UntilWaitingAsync(5);

        await dropped.CancelAsync();
        await Task.WhenAll(
            clicks.Select(static click => Assert.ThrowsAnyAsync<OperationCanceledException>(() => click))
        );
        await place.ReleaseAsync();

        Assert.IsType<PasswordAuthenticationResult.Success>(await rooms.TryPasswordAsync(user.Email, Rooms.Password));
        Assert.Empty(await EventsAsync(user, "account_locked"));
    }

    [Fact]
    public async Task BF_2_wrong_passwords_whose_requests_are_dropped_while_they_are_hashed_count_and_the_lock_is_told()
    {
        await using var rooms = new Rooms(fixture.Database);
        var user = await rooms.UserAsync();
        for (var attempt = 0; attempt < 5; attempt++)
        {
            using var dropped = new CancellationTokenSource();
            var before = rooms.Get<PasswordHasher>().Calls;
            var request = TryAsync(rooms, user.Email, "Wrong-Horse-7-battery", Rooms.Stranger, dropped.Token);
            while (rooms.Get<PasswordHasher>().Calls == before)
                await Task.Delay(1);

            await dropped.CancelAsync();

            Assert.IsType<PasswordAuthenticationResult.Failure>(await request);
        }

        Assert.True(
            Assert
                .IsType<PasswordAuthenticationResult.Failure>(await rooms.TryPasswordAsync(user.Email, Rooms.Password))
                .IsPaused
        );
        Assert.Single(await EventsAsync(user, "account_locked"));
        Assert.Single(await rooms.MailsToAsync(user.Email), static mail => mail.Kind == "account_locked");
        Assert.NotNull((await rooms.Get<UserStore>().FindAsync(user.Id, default))!.LockedUntil);
    }

    [Fact]
    public async Task BF_2_ten_impatient_clicks_with_the_right_password_all_succeed_and_lock_nothing()
    {
        await using var rooms = new Rooms(fixture.Database);
        var user = await rooms.UserAsync();

        var clicks = await Task.WhenAll(
            Enumerable.Range(0, 10).Select(_ => rooms.TryPasswordAsync(user.Email, Rooms.Password))
        );

        Assert.All(clicks, static click => Assert.IsType<PasswordAuthenticationResult.Success>(click));
        Assert.Empty(await EventsAsync(user, "account_locked"));
        Assert.Empty(await rooms.MailsToAsync(user.Email));
        Assert.Null((await rooms.Get<UserStore>().FindAsync(user.Id, default))!.LockedUntil);
    }

    [Fact]
    public async Task BF_2_of_thirty_wrong_passwords_at_once_five_are_judged_and_one_lock_is_told()
    {
        await using var rooms = new Rooms(fixture.Database);
        var user = await rooms.UserAsync();

        var guesses = await Task.WhenAll(
            Enumerable.Range(0, 30).Select(n => rooms.TryPasswordAsync(user.Email, $"Wrong-Horse-{n}-battery"))
        );

        Assert.DoesNotContain(guesses, static guess => guess is PasswordAuthenticationResult.Success);
        Assert.Equal(5, (await EventsAsync(user, "login")).Count(static status => status == "failure"));
        Assert.Single(await EventsAsync(user, "account_locked"));
        Assert.Single(await rooms.MailsToAsync(user.Email));
    }

    [Fact]
    public async Task Places_that_a_dead_process_left_behind_are_failures_and_the_next_failure_locks_and_is_told()
    {
        await using var rooms = new Rooms(fixture.Database);
        var limiter = rooms.Get<AttemptLimiter>();
        var key = limiter.Key("test", Guid.NewGuid().ToString());
        for (var place = 0; place < 5; place++)
            Assert.IsType<AttemptStart.Granted>(await limiter.BeginAsync(key, Five, default));

        var soon = await limiter.BeginAsync(key, Five, default);
        await fixture.Database.ExecuteAsync(
            "UPDATE idp.throttle_counters SET window_ends_at = window_ends_at - interval '3 minutes' WHERE key = @key",
            ("key", key.Value)
        );
        var later = Assert.IsType<AttemptStart.Granted>(await limiter.BeginAsync(key, Five, default));
        var failure = await rooms.Db.InTransactionAsync(
            (transaction, _) => later.Attempt.FailAsync(transaction),
            default
        );

        Assert.IsType<AttemptStart.Refused>(soon);
        Assert.True(failure.StartedLock);
        Assert.IsType<AttemptStart.Refused>(await limiter.BeginAsync(key, Five, default));
    }

    [Fact]
    public async Task RV_6_a_completed_reset_clears_the_counters_of_every_browser()
    {
        await using var rooms = new Rooms(fixture.Database);
        var user = await rooms.UserAsync();
        var known = Rooms.Stranger with { DeviceId = "a-browser-of-the-owner" };
        await rooms.SignInAsync(user, known);
        for (var attempt = 0; attempt < 5; attempt++)
        {
            await TryAsync(rooms, user.Email, "Wrong-Horse-7-battery", known, default);
            await TryAsync(rooms, user.Email, "Wrong-Horse-7-battery", Rooms.Stranger, default);
        }
        var recovery = rooms.Get<PasswordRecovery>();
        await recovery.RequestAsync(user.Email, "en", Rooms.Stranger, default);

        var reset = await recovery.ResetAsync(
            await rooms.TokenAsync(user.Email, "password_reset"),
            Rooms.Typed("Entirely-New-9-sentence"),
            known,
            default
        );

        Assert.IsType<PasswordResetResult.Done>(reset);
        foreach (var browser in (RequestContext[])[known, Rooms.Stranger])
            Assert.IsType<PasswordAuthenticationResult.Success>(
                await TryAsync(rooms, user.Email, "Entirely-New-9-sentence", browser, default)
            );
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task BF_4_wrong_codes_whose_requests_are_dropped_count_and_the_pause_is_told(bool recovery)
    {
        await using var rooms = new Rooms(fixture.Database);
        var user = await rooms.UserAsync();
        // Read before a request is dropped: what is dropped here is the judging of the code.
        var proof = await rooms.ProofAsync(user);
        using var dropped = new CancellationTokenSource();
        for (var attempt = 0; attempt < 5; attempt++)
        {
            var request = TryCodeAsync(dropped.Token);
            if (attempt == 4)
                await dropped.CancelAsync();
            Assert.IsType<SecondFactorResult.Wrong>(await request);
        }

        Assert.IsType<SecondFactorResult.Locked>(await TryCodeAsync(default));
        Assert.Single(await EventsAsync(user, "attempts_paused"));
        Assert.Single(await rooms.MailsToAsync(user.Email), static mail => mail.Kind == "account_locked");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => TryCodeAsync(dropped.Token));

        Task<SecondFactorResult> TryCodeAsync(CancellationToken token) =>
            recovery
                ? rooms.Get<RecoveryCodeSet>().RedeemAsync(proof, "00000-00000-00000-00000", Rooms.Stranger, token)
                : rooms.Get<TotpAuthenticator>().VerifyAsync(proof, "000000", Rooms.Stranger, token);
    }

    private static Task<PasswordAuthenticationResult> TryAsync(
        Rooms rooms,
        string email,
        string password,
        RequestContext request,
        CancellationToken cancellationToken
    ) => rooms.Get<PasswordAuthenticator>().AuthenticateAsync(email, Rooms.Typed(password), request, cancellationToken);

    private Task<List<string>> EventsAsync(UserAccount user, string type) =>
        fixture.Database.Database.QueryAsync(
            "SELECT event_status FROM audit_logs WHERE user_id = @id AND event_type = @type",
            static row => row.GetString(0),
            default,
            ("id", user.Id),
            ("type", type)
        );

    /// <summary>Every place of a queue, taken.</summary>
    private sealed class HeldPlaces
    {
        private readonly HashQueue _queue;
        private readonly ManualResetEventSlim _go = new();
        private readonly Task _runs;
        private int _begun;

        public HeldPlaces(HashQueue queue)
        {
            _queue = queue;
            _runs = Task.WhenAll(
                Enumerable
                    .Range(0, Math.Max(1, Environment.ProcessorCount - 1))
                    .Select(_ =>
                        queue.RunAsync(
                            () =>
                            {
                                Interlocked.Increment(ref _begun);
                                return _go.Wait(TimeSpan.FromSeconds(60));
                            },
                            null,
                            default
                        )
                    )
            );
        }

        public async Task UntilWaitingAsync(int count)
        {
            while (Volatile.Read(ref _begun) == 0 || _queue.Length < count)
                await Task.Delay(5);
        }

        public Task ReleaseAsync()
        {
            _go.Set();
            return _runs;
        }
    }
}
