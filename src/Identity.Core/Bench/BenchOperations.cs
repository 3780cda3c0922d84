using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Grants;
using Identity.Core.Keys;
using Identity.Core.Primitives;
using Identity.Core.Sessions;
using Identity.Core.Throttling;
using Identity.Core.Users;
using Microsoft.Extensions.Options;

namespace Identity.Core.Bench;

/// <summary>The operations of db/schema-summary.md and other frequent ones. Each goes through the store that the
/// product uses, with random keys, and each answer is checked.</summary>
internal sealed class BenchOperations(
    Database database,
    UserStore users,
    AuditReader audit,
    RefreshTokenStore refresh,
    BenchSize size
)
{
    private const int FamiliesOfWorker = 64;

    // A bench may be measured days after it was filled, so idle limits are left out.
    private readonly SessionStore _sessions = new(
        database,
        Options.Create(new SessionOptions { IdleTimeout = TimeSpan.FromDays(3650) })
    );

    private readonly SignInEntrance _entrance = new(
        database,
        new AttemptLimiter(database, new MasterKey(RandomNumberGenerator.GetBytes(32)))
    );

    private int _family = RandomNumberGenerator.GetInt32(1, size.Families + 1);

    public IReadOnlyList<BenchOperation> All() =>
        [
            new("sign-in: the attempt reserved, the account with what judges it", 5, 10, Each(EnterAsync)),
            new("session validation", 5, 10, Each(ValidateSessionAsync)),
            new("e-mail lookup", 10, 20, Each(FindByEmailAsync)),
            new("active sessions of a user", 10, 20, Each(ListSessionsAsync)),
            new("audit log of a user, newest 50", 50, 100, Each(NewestEventsAsync)),
            new("token validation (introspection)", 5, 10, Each(InspectAsync)),
            Refresh,
            new("activity page of a long history", 50, 100, Each(ActivityPageAsync)),
            new("search of people by a name", 50, 100, Each(SearchAsync)),
        ];

    /// <summary>The rotation of a refresh token.</summary>
    public BenchOperation Refresh => new("refresh (rotation, audited, committed)", null, null, RefreshAsync);

    private static Func<CancellationToken, Task<Func<Task<bool>>>> Each(Func<CancellationToken, Task<bool>> call) =>
        cancel => Task.FromResult<Func<Task<bool>>>(() => call(cancel));

    private async Task<bool> EnterAsync(CancellationToken cancel)
    {
        var number = RandomNumberGenerator.GetInt32(1, size.Users + 1);
        // A sender of its own: one would run out of requests.
        RequestContext request = new(new IPAddress(RandomNumberGenerator.GetBytes(16)), null, null);
        return await _entrance.EnterAsync(EmailOf(number).Value, request, cancel)
                is SignInEntry.Taken { Door: { Account: { } account, Hash: not null } }
            && account.Id == UserId(number);
    }

    private async Task<bool> FindByEmailAsync(CancellationToken cancel)
    {
        var number = RandomNumberGenerator.GetInt32(1, size.Users + 1);
        return (await users.FindByEmailAsync(EmailOf(number), cancel))?.Id == UserId(number);
    }

    private async Task<bool> ValidateSessionAsync(CancellationToken cancel)
    {
        var number = ActiveSession();
        var found = await _sessions.ValidateAsync(Sha256Digest.Of("s" + Text(number)), cancel);
        return found?.UserId == UserOfSession(number);
    }

    private async Task<bool> ListSessionsAsync(CancellationToken cancel)
    {
        var number = ActiveSession();
        var list = await _sessions.ListAsync(UserOfSession(number), cancel);
        return BenchSize.IsOffline(number) || list.Count > 0;
    }

    private async Task<bool> NewestEventsAsync(CancellationToken cancel)
    {
        var user = UserId(RandomNumberGenerator.GetInt32(1, size.Users + 1));
        var events = await audit.NewestOfUserAsync(user, 50, cancel);
        return events.All(entry => entry.UserId == user);
    }

    private async Task<bool> ActivityPageAsync(CancellationToken cancel)
    {
        var minutes = RandomNumberGenerator.GetInt32(0, Math.Min(100_000, size.Events / 10));
        var events = await audit.PageOfUserAsync(
            UserId(1),
            [AuditEventTypes.Login, AuditEventTypes.Logout],
            new(TimeProvider.System.GetUtcNow() - TimeSpan.FromMinutes(minutes), Guid.Empty),
            26,
            cancel
        );
        return events.All(static entry => entry.Type is AuditEventTypes.Login or AuditEventTypes.Logout);
    }

    private async Task<bool> SearchAsync(CancellationToken cancel)
    {
        var number = RandomNumberGenerator.GetInt32(1, size.Users + 1);
        var name = "F" + Convert.ToHexStringLower(Md5("f" + Text(number)))[..7];
        return (await users.SearchAsync(name, 50, cancel)).Any(found => found.Id == UserId(number));
    }

    private async Task<bool> InspectAsync(CancellationToken cancel)
    {
        var number = RandomNumberGenerator.GetInt32(1, size.Families * BenchSize.Generations + 1);
        return await refresh.InspectAsync(RefreshToken(number), cancel) is { ClientId: "app" };
    }

    // Each worker cycles through its own families, so that a page is not cached merely because it was written a moment
    // ago.
    private async Task<Func<Task<bool>>> RefreshAsync(CancellationToken cancel)
    {
        Queue<string> live = new();
        for (var tried = 0; live.Count < FamiliesOfWorker && tried < size.Families; tried++)
        {
            var family = Interlocked.Increment(ref _family) % size.Families + 1;
            if (!BenchSize.IsActive((long)family * size.SessionsPerFamily))
                continue;
            var leaf = RefreshToken(family * BenchSize.Generations);
            if (await refresh.InspectAsync(leaf, cancel) is { IsActive: true })
                live.Enqueue(leaf);
        }
        return async () =>
        {
            if (!live.TryDequeue(out var token))
                return false;
            var redeemed = await refresh.RotateAsync(
                new(token, "app", null, null, TimeSpan.FromDays(7), TimeSpan.FromSeconds(10)),
                cancel
            );
            if (redeemed is not GrantRedemption.Granted { RefreshToken: { } next })
                return false;
            live.Enqueue(next);
            return true;
        };
    }

    private long ActiveSession()
    {
        while (true)
        {
            var number = RandomNumberGenerator.GetInt32(1, size.Sessions + 1);
            if (BenchSize.IsActive(number))
                return number;
        }
    }

    private Guid UserOfSession(long session) => UserId((int)(session % size.Users) + 1);

    private static EmailAddress EmailOf(int user) =>
        EmailAddress.Parse(string.Create(CultureInfo.InvariantCulture, $"person{user}@example{user % 50}.test"));

    private static Guid UserId(int user) => new(Md5("u" + Text(user)), bigEndian: true);

    private static string RefreshToken(int number) => "r" + Text(number).PadLeft(41, '0') + "A";

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    // The fill made its ids with PostgreSQL's md5(): an id derived from a number, not a secret.
    private static byte[] Md5(string text) =>
        CryptographicOperations.HashData(HashAlgorithmName.MD5, Encoding.UTF8.GetBytes(text));
}
