using System.Net;
using System.Security.Cryptography;
using Identity.Core.Audit;
using Identity.Core.Credentials;
using Identity.Core.Passwords;
using Identity.Core.Primitives;
using Identity.Core.Recovery;
using Identity.Core.Sessions;
using Identity.Core.Users;
using Identity.Testing;

namespace Identity.IntegrationTests.Credentials;

/// <summary>Two instances over one database: the owner of an account uses the second, and a stranger who knows one of
/// its credentials has a request in flight on the first.</summary>
public sealed class RaceScene : IAsyncLifetime
{
    public const int Rounds = 100;

    // Hashing is slow on purpose: the races are about what follows it.
    private static readonly PasswordHash[] Hashes =
    [
        .. Enumerable
            .Range(0, 3)
            .Select(static n => TestPasswords.NewHasher().Hash(Rooms.Typed($"{Rooms.Password}-{n}"))),
    ];

    private TestDatabase? _database;
    private Rooms? _strangers;
    private Rooms? _owners;

    public static PasswordHash Old => Hashes[0];

    public static PasswordHash Next => Hashes[1];

    public static PasswordHash Other => Hashes[2];

    public TestDatabase Database => _database!;

    /// <summary>The instance that serves the request in flight.</summary>
    internal Rooms Strangers => _strangers!;

    /// <summary>The instance that serves the owner.</summary>
    internal Rooms Owners => _owners!;

    public async Task InitializeAsync()
    {
        _database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        _strangers = new(Database, ("Identity:Recovery:MagicLinks", "true"));
        _owners = new(Database, ("Identity:Recovery:MagicLinks", "true"));
    }

    public async Task DisposeAsync()
    {
        await Strangers.DisposeAsync();
        await Owners.DisposeAsync();
        await Database.DisposeAsync();
    }

    /// <summary>An account with the password of <see cref="Old"/>.</summary>
    public async Task<UserAccount> UserAsync(bool verified = true) =>
        (
            await Owners
                .Get<UserStore>()
                .FindAsync(
                    await Database.ScalarAsync<Guid>(
                        """
                        INSERT INTO users (email, email_verified, password_hash, password_changed_at)
                        VALUES (@email, @verified, @hash, now()) RETURNING id
                        """,
                        ("email", $"{Guid.NewGuid():N}@example.org"),
                        ("verified", verified),
                        ("hash", Old.Value)
                    ),
                    default
                )
        )!;

    /// <summary>A request from an address of its own: how many mails one address may ask for is limited.</summary>
    public static RequestContext Anyone =>
        Rooms.Stranger with
        {
            IpAddress = new IPAddress(RandomNumberGenerator.GetBytes(4)),
        };

    /// <summary>Runs both at once, in turns the one or the other first.</summary>
    public static async Task<T> RaceAsync<T>(int round, Func<Task<T>> stranger, Func<Task> owner)
    {
        TaskCompletionSource start = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var pause = TimeSpan.FromMicroseconds(200 * (round % 10));
        var theirs = Task.Run(async () =>
        {
            await start.Task;
            if (round % 2 == 0)
                await Task.Delay(pause);
            return await stranger();
        });
        var owners = Task.Run(async () =>
        {
            await start.Task;
            if (round % 2 == 1)
                await Task.Delay(pause);
            await owner();
        });
        start.SetResult();
        await Task.WhenAll(theirs, owners);
        return await theirs;
    }

    /// <summary>The stranger's sign-in, from the moment at which a credential was judged good.</summary>
    public async Task<SessionStart> SignInAsync(CredentialProof proof) =>
        await Strangers.Get<SessionStarter>().StartAsync(new(proof, ["pwd"], null, Rooms.Stranger), default);

    public async Task<OpaqueToken> ResetLinkAsync(UserAccount user)
    {
        await Owners.Get<PasswordRecovery>().RequestAsync(user.Email, "en", Anyone, default);
        return await Owners.TokenAsync(user.Email, "password_reset");
    }

    /// <summary>The owner's reset by a mailed link.</summary>
    public async Task ResetAsync(UserAccount user, OpaqueToken link) =>
        Assert.IsType<PasswordResetResult.Done>(
            await Owners.Get<PasswordRecovery>().ConsumeAsync(link, user, Next, Rooms.Stranger, default)
        );

    public Task<long> SessionsAsync(UserAccount user, Guid? except = null) =>
        Database.ScalarAsync<long>(
            "SELECT count(*) FROM sessions WHERE user_id = @id AND is_active AND id <> @except",
            ("id", user.Id),
            ("except", except ?? Guid.Empty)
        );

    public Task<string?> HashAsync(UserAccount user) =>
        Database.ScalarAsync<string>("SELECT password_hash FROM users WHERE id = @id", ("id", user.Id));
}
