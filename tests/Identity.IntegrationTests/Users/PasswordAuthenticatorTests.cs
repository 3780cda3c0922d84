using System.Net;
using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Keys;
using Identity.Core.Passwords;
using Identity.Core.Primitives;
using Identity.Core.Sessions;
using Identity.Core.Throttling;
using Identity.Core.Users;
using Identity.Testing;
using Microsoft.Extensions.Options;

namespace Identity.IntegrationTests.Users;

public sealed class PasswordAuthenticatorTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    private const string Right = "Correct-Horse-7-battery";
    private static readonly MasterKey Master = new(Enumerable.Range(0, 32).Select(number => (byte)number).ToArray());
    private static readonly RequestContext Stranger = new(IPAddress.Parse("192.0.2.9"), "Mozilla/5.0", null);

    [Fact]
    public async Task BF_2_of_fifty_parallel_guesses_on_two_instances_five_are_evaluated_and_the_account_is_locked()
    {
        var (one, two) = (new Instance(fixture), new Instance(fixture));
        var email = await one.UserAsync();

        var limit = new AttemptLimit(5, TimeSpan.FromMinutes(30), TimeSpan.FromMinutes(30));
        // A hundred accounts, the last of them the person's. What is raced is the reservation, which every guess needs
        // before its hash is run, and the judgement after it.
        for (var round = 99; round >= 0; round--)
        {
            var key = one.Limiter.Key(
                "sign_in_account",
                round == 0 ? EmailAddress.Parse(email).Canonical : $"{round}.{email}"
            );
            var starts = await Task.WhenAll(
                Enumerable.Range(0, 50).Select(n => (n % 2 == 0 ? one : two).Limiter.BeginAsync(key, limit, default))
            );
            var granted = starts.OfType<AttemptStart.Granted>().ToArray();
            var failures = await Task.WhenAll(
                granted.Select(start =>
                    one.Db.InTransactionAsync((transaction, _) => start.Attempt.FailAsync(transaction), default)
                )
            );

            Assert.Equal(5, granted.Length);
            Assert.Single(failures, static failure => failure.StartedLock);
            Assert.IsType<AttemptStart.Refused>(await two.Limiter.BeginAsync(key, limit, default));
        }
        Assert.IsType<PasswordAuthenticationResult.Failure>(await two.TryAsync(email, Right, Stranger));
    }

    [Fact]
    public async Task A_right_password_takes_two_commands_and_forgets_the_failures_before_it()
    {
        var instance = new Instance(fixture);
        var email = await instance.UserAsync();
        await instance.TryAsync(email, "wrong", Stranger);
        using var counter = SqlCommandCounter.Start();

        var result = await instance.TryAsync(email, Right, Stranger);

        Assert.IsType<PasswordAuthenticationResult.Success>(result);
        Assert.Equal(2, counter.Commands);
        Assert.Equal(
            (0, false),
            (
                await fixture.Database.ScalarAsync<int>(
                    "SELECT failed_login_attempts FROM users WHERE email = @email",
                    ("email", email)
                ),
                await instance.Limiter.IsLockedAsync(
                    instance.Limiter.Key("sign_in_account", EmailAddress.Parse(email).Canonical),
                    default
                )
            )
        );
    }

    [Fact]
    public async Task BF_1_five_failures_lock_and_attempts_during_the_lock_cost_a_hash_and_do_not_extend_it()
    {
        var instance = new Instance(fixture);
        var email = await instance.UserAsync();
        for (var attempt = 0; attempt < 5; attempt++)
            await instance.TryAsync(email, "wrong", Stranger);
        var lockedUntil = await LockAsync();
        var before = instance.Hasher.Calls;

        var result = await instance.TryAsync(email, Right, Stranger);

        Assert.IsType<PasswordAuthenticationResult.Failure>(result);
        Assert.Equal(1, instance.Hasher.Calls - before);
        Assert.Equal(lockedUntil, await LockAsync());
        Assert.Equal(
            1L,
            await fixture.Database.ScalarAsync<long>(
                "SELECT count(*) FROM audit_logs a JOIN users u ON u.id = a.user_id WHERE u.email = @email "
                    + "AND event_type = 'account_locked'",
                ("email", email)
            )
        );

        Task<DateTime> LockAsync() =>
            fixture.Database.ScalarAsync<DateTime>(
                "SELECT account_locked_until FROM users WHERE email = @email",
                ("email", email)
            );
    }

    [Fact]
    public async Task BF_3_a_known_device_gets_past_a_strangers_lock()
    {
        var instance = new Instance(fixture);
        var email = await instance.UserAsync();
        var known = Stranger with { DeviceId = "a-device-of-the-owner" };
        var signedIn = Assert.IsType<PasswordAuthenticationResult.Success>(
            await instance.TryAsync(email, Right, known)
        );
        await instance.Starter.StartAsync(new(signedIn.User.Credential, ["pwd"], null, known), default);
        for (var attempt = 0; attempt < 5; attempt++)
            await instance.TryAsync(email, "wrong", Stranger);

        Assert.IsType<PasswordAuthenticationResult.Failure>(await instance.TryAsync(email, Right, Stranger));
        Assert.IsType<PasswordAuthenticationResult.Success>(await instance.TryAsync(email, Right, known));
        Assert.IsType<PasswordAuthenticationResult.Failure>(await instance.TryAsync(email, Right, Stranger));
    }

    [Theory]
    [InlineData("unknown")]
    [InlineData("disabled")]
    [InlineData("no password")]
    [InlineData("corrupt hash")]
    [InlineData("not an address")]
    public async Task EN_2_every_cause_of_failure_is_one_answer_and_one_hash(string cause)
    {
        var instance = new Instance(fixture);
        var email = cause switch
        {
            "unknown" => "nobody@example.org",
            "not an address" => "A <x@y>",
            _ => await instance.UserAsync(),
        };
        var change = cause switch
        {
            "disabled" => "is_disabled = true",
            "no password" => "password_hash = NULL",
            "corrupt hash" => "password_hash = '$idp1$2b$12$short'",
            _ => "name = name",
        };
        await fixture.Database.ExecuteAsync($"UPDATE users SET {change} WHERE email = @email", ("email", email));
        var before = instance.Hasher.Calls;

        var result = await instance.TryAsync(email, Right, Stranger);

        Assert.IsType<PasswordAuthenticationResult.Failure>(result);
        Assert.Equal(1, instance.Hasher.Calls - before);
        Assert.Equal(
            0L,
            await fixture.Database.ScalarAsync<long>(
                "SELECT count(*) FROM audit_logs WHERE details::text LIKE '%nobody@%' OR details::text LIKE '%<x@y>%'"
            )
        );
    }

    [Fact]
    public async Task SE_6_a_changed_password_ends_the_other_sessions_and_voids_reset_tokens()
    {
        var instance = new Instance(fixture);
        var email = await instance.UserAsync();
        var user = Assert
            .IsType<PasswordAuthenticationResult.Success>(await instance.TryAsync(email, Right, Stranger))
            .User;
        var mine = Assert.IsType<SessionStart.Started>(
            await instance.Starter.StartAsync(new(user.Credential, ["pwd"], null, Stranger), default)
        );
        var other = Assert.IsType<SessionStart.Started>(
            await instance.Starter.StartAsync(new(user.Credential, ["pwd"], null, Stranger), default)
        );
        await fixture.Database.ExecuteAsync(
            "INSERT INTO password_reset_tokens (user_id, token_hash) VALUES (@id, @hash)",
            ("id", user.Id),
            ("hash", OpaqueToken.Create().Digest.Value)
        );

        var wrong = await instance.Changer.ChangeAsync(
            user,
            mine.Session.Id,
            Typed("wrong"),
            Typed("A-new-sentence-2-remember"),
            Stranger,
            default
        );
        var changed = await instance.Changer.ChangeAsync(
            user,
            mine.Session.Id,
            Typed(Right),
            Typed("A-new-sentence-2-remember"),
            Stranger,
            default
        );

        Assert.IsType<PasswordChangeResult.CurrentPasswordWrong>(wrong);
        // The session that asked stays, under a new token.
        var token = Assert.IsType<PasswordChangeResult.Changed>(changed).SessionToken;
        Assert.NotNull(await instance.Sessions.ValidateAsync(token.Digest, default));
        Assert.Null(await instance.Sessions.ValidateAsync(mine.Token.Digest, default));
        Assert.Null(await instance.Sessions.ValidateAsync(other.Token.Digest, default));
        Assert.Equal(
            0L,
            await fixture.Database.ScalarAsync<long>(
                "SELECT count(*) FROM password_reset_tokens WHERE user_id = @id AND used_at IS NULL",
                ("id", user.Id)
            )
        );
        Assert.IsType<PasswordAuthenticationResult.Failure>(await instance.TryAsync(email, Right, Stranger));
    }

    [Fact]
    public async Task ID_3_of_twenty_parallel_registrations_of_one_address_one_makes_the_account()
    {
        var instance = new Instance(fixture);
        var name = Guid.NewGuid().ToString("N");

        var made = await Task.WhenAll(
            Enumerable
                .Range(0, 20)
                .Select(n =>
                    instance.Db.InTransactionAsync(
                        (transaction, cancel) =>
                            instance.Users.CreateAsync(
                                transaction,
                                new(
                                    EmailAddress.Parse((n % 2 == 0 ? name : name.ToUpperInvariant()) + "@example.org"),
                                    null,
                                    null
                                ),
                                Stranger,
                                cancel
                            ),
                        default
                    )
                )
        );

        Assert.Single(made, user => user is not null);
    }

    [Fact]
    public async Task SE_7_disabling_ends_the_sessions_in_the_same_change()
    {
        var instance = new Instance(fixture);
        var user = Assert
            .IsType<PasswordAuthenticationResult.Success>(
                await instance.TryAsync(await instance.UserAsync(), Right, Stranger)
            )
            .User;
        await instance.Starter.StartAsync(new(user.Credential, ["pwd"], null, Stranger), default);

        Assert.True(await DisableAsync());
        Assert.False(await DisableAsync());

        Assert.Equal(
            0L,
            await fixture.Database.ScalarAsync<long>(
                "SELECT count(*) FROM sessions WHERE user_id = @id AND is_active",
                ("id", user.Id)
            )
        );

        Task<bool> DisableAsync() =>
            instance.Db.InTransactionAsync(
                (transaction, cancel) => instance.Users.DisableAsync(transaction, user.Id, Stranger, cancel),
                default
            );
    }

    private static PlainTextPassword Typed(string text) =>
        PlainTextPassword.TryCreate(text, out var password) ? password : throw new ArgumentException(text);

    private sealed class Instance
    {
        public Instance(DatabaseFixture fixture)
        {
            Db = fixture.Database.Database;
            var audit = new AuditLog(Db);
            var options = Options.Create(new PasswordOptions());
            Hasher = TestPasswords.NewHasher();
            var queue = new HashQueue(Hasher, TimeProvider.System);
            Limiter = new(Db, Master);
            var settings = Options.Create(new SessionOptions());
            Sessions = new(Db, settings);
            Starter = new(Db, Sessions, audit, settings);
            Users = new(Db, audit, Sessions, new StandbyReads(Db));
            Authenticator = new(Db, queue, Limiter, audit, Master);
            Changer = new(Db, Authenticator, new PasswordPolicy(options), queue, Sessions, audit);
        }

        public Database Db { get; }
        public PasswordHasher Hasher { get; }
        public AttemptLimiter Limiter { get; }
        public SessionStore Sessions { get; }

        public SessionStarter Starter { get; }
        public UserStore Users { get; }
        public PasswordAuthenticator Authenticator { get; }
        public PasswordChanger Changer { get; }

        public Task<PasswordAuthenticationResult> TryAsync(string email, string password, RequestContext request) =>
            Authenticator.AuthenticateAsync(email, Typed(password), request, default);

        public async Task<string> UserAsync()
        {
            var email = EmailAddress.Parse($"{Guid.NewGuid():N}@example.org");
            await Db.InTransactionAsync(
                (transaction, cancel) =>
                    Users.CreateAsync(transaction, new(email, Hasher.Hash(Typed(Right)), null), Stranger, cancel),
                default
            );
            return email.Value;
        }
    }
}
