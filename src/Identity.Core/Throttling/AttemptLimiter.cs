using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Identity.Core.Data;
using Identity.Core.Keys;

namespace Identity.Core.Throttling;

// Throttling owns how often something may be tried, across all instances (BF-7). Its table contains only keyed hashes,
// no IP or email address. What an attempt is, and what to answer when it is refused, belongs to the calling room.

/// <summary>A limit: the number of attempts, how long they are remembered, and how long further ones are
/// refused.</summary>
/// <param name="Attempts">The maximum number; the last allowed attempt starts the lock.</param>
/// <param name="Memory">Attempts are cleared after this time without a new one.</param>
/// <param name="Lock">How long further attempts are refused. They do not count or extend the lock (BF-1).</param>
public sealed record AttemptLimit(int Attempts, TimeSpan Memory, TimeSpan Lock);

/// <summary>The name of a counter: a keyed hash.</summary>
public readonly record struct AttemptKey(byte[] Value);

/// <summary>The outcome of counting a request.</summary>
public abstract record Reservation
{
    private Reservation() { }

    /// <summary>The request is allowed; it counts as failed until it is settled.</summary>
    /// <param name="Count">Its number.</param>
    /// <param name="StartedLock">Whether it was the last one before the lock.</param>
    public sealed record Granted(int Count, bool StartedLock) : Reservation;

    /// <summary>The lock is active.</summary>
    public sealed record Refused(TimeSpan RetryAfter) : Reservation;
}

/// <summary> Counts attempts before they are made, so that parallel guesses cannot all pass the check before the first
/// is counted (BF-2). There are two kinds of counters. <see cref="BeginAsync"/> counts attempts at a secret: only
/// failures lock, and each attempt is checked or released. <see cref="ReserveAsync"/> counts requests of a sender,
/// whatever their result.
/// </summary>
public sealed class AttemptLimiter(Database database, MasterKey master)
{
    /// <summary>Longer than any check takes. An older reservation belongs to a process that died.</summary>
    private static readonly TimeSpan MaxJudgement = TimeSpan.FromMinutes(2);

    private static readonly string Begin = BeginSql("@key", "true");

    private static readonly string Take = TakeSql("");

    private const string Fail = """
        UPDATE idp.throttle_counters SET failed = failed + 1,
            blocked_until = CASE WHEN failed + 1 >= @attempts THEN clock_timestamp() + @lock END
        WHERE key = @key AND blocked_until IS NULL
        RETURNING failed, blocked_until
        """;

    private static readonly string Left = LeftSql("@key");

    private readonly byte[] _key = master.DeriveKey("throttling");

    /// <summary>The counter for a kind of attempt on a target, such as an account.</summary>
    public AttemptKey Key(string kind, params string[] parts)
    {
        // The lengths distinguish ("a", "bc") from ("ab", "c").
        var text = new StringBuilder(kind);
        foreach (var part in parts)
            text.Append('\0').Append(part.Length).Append(':').Append(part);
        return new(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(text.ToString())));
    }

    /// <summary>The counter of an IP address: IPv6 by /64, the usual allocation of one customer; IPv4-mapped IPv6 as
    /// IPv4 (BF-6).</summary>
    public AttemptKey Key(string kind, IPAddress? address) => Key(kind, Network(address));

    /// <summary>The counter of the /48 of an IPv6 address, the largest network that one customer usually gets
    /// (RIPE-690); null for IPv4.</summary>
    public AttemptKey? WideKey(string kind, IPAddress? address) =>
        address is { AddressFamily: AddressFamily.InterNetworkV6, IsIPv4MappedToIPv6: false }
            ? Key(kind + "_48", Prefix(address, 48))
            : null;

    /// <summary> Reserves one attempt at a secret in one statement: of any number of parallel calls on any number of
    /// instances, at most <see cref="AttemptLimit.Attempts"/> are in progress or failed. Reservations of a dead process
    /// count as failures when the next attempt is made.
    /// </summary>
    /// <param name="cancellationToken">Checked only before the reservation: a cancellation during the statement must
    /// not leave an unknown reservation.</param>
    public async Task<AttemptStart> BeginAsync(AttemptKey key, AttemptLimit limit, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var granted = await database.QuerySingleOrDefaultAsync(
            Begin,
            static row => row.GetBoolean(0),
            CancellationToken.None,
            [("key", key.Value), .. BeginParameters(limit)]
        );
        return granted
            ? new AttemptStart.Granted(new(this, key, limit))
            : new AttemptStart.Refused(await LeftAsync(key, cancellationToken));
    }

    /// <summary>Counts one request in one statement: of any number of parallel calls on any number of instances, at
    /// most <see cref="AttemptLimit.Attempts"/> are granted.</summary>
    public async Task<Reservation> ReserveAsync(AttemptKey key, AttemptLimit limit, CancellationToken cancellationToken)
    {
        var count = await database.QuerySingleOrDefaultAsync<int?>(
            Take,
            static row => row.GetInt32(0),
            cancellationToken,
            TakeParameters("", key, limit)
        );
        if (count is { } number)
            return new Reservation.Granted(number, number >= limit.Attempts);

        return new Reservation.Refused(await LeftAsync(key, cancellationToken));
    }

    /// <summary>Whether attempts are refused now. Counts nothing.</summary>
    public async Task<bool> IsLockedAsync(AttemptKey key, CancellationToken cancellationToken) =>
        await database.QuerySingleOrDefaultAsync(
            "SELECT true FROM idp.throttle_counters WHERE key = @key AND blocked_until > clock_timestamp()",
            static row => row.GetBoolean(0),
            cancellationToken,
            ("key", key.Value)
        );

    /// <summary>The number of counted attempts. Counts none.</summary>
    public async Task<int> CountAsync(AttemptKey key, CancellationToken cancellationToken) =>
        await database.QuerySingleOrDefaultAsync(
            "SELECT count FROM idp.throttle_counters WHERE key = @key AND window_ends_at > clock_timestamp()",
            static row => row.GetInt32(0),
            cancellationToken,
            ("key", key.Value)
        );

    /// <summary>Removes one attempt from the count because it does not count; an active lock stays.</summary>
    public Task ForgiveAsync(AttemptKey key, CancellationToken cancellationToken) =>
        database.ExecuteAsync(
            "UPDATE idp.throttle_counters SET count = greatest(count - 1, 0) WHERE key = @key "
                + "AND blocked_until IS NULL",
            cancellationToken,
            ("key", key.Value)
        );

    /// <summary>Releases an attempt that was not made because no hash slot was free, together with the lock that it
    /// started.</summary>
    public Task ReleaseAsync(AttemptKey key, CancellationToken cancellationToken) =>
        database.ExecuteAsync(
            "UPDATE idp.throttle_counters SET count = greatest(count - 1, 0), blocked_until = NULL WHERE key = @key",
            cancellationToken,
            ("key", key.Value)
        );

    /// <summary>Clears the attempts: the last one succeeded.</summary>
    public Task ClearAsync(SqlSession session, AttemptKey key, CancellationToken cancellationToken) =>
        ClearAsync(session, [key], cancellationToken);

    /// <summary>Clears the attempts of several counters.</summary>
    public Task ClearAsync(SqlSession session, IEnumerable<AttemptKey> keys, CancellationToken cancellationToken) =>
        session.ExecuteAsync(
            "DELETE FROM idp.throttle_counters WHERE key = ANY (@keys)",
            cancellationToken,
            ("keys", keys.Select(static key => key.Value).ToArray())
        );

    internal static async Task<AttemptFailure> FailAsync(
        DatabaseTransaction transaction,
        AttemptKey key,
        AttemptLimit limit
    ) =>
        await transaction.QuerySingleOrDefaultAsync(
            Fail,
            static row => new AttemptFailure(
                row.GetInt32(0),
                row.IsDBNull(1) ? null : row.GetFieldValue<DateTimeOffset>(1)
            ),
            CancellationToken.None,
            ("key", key.Value),
            ("attempts", limit.Attempts),
            ("lock", limit.Lock)
        );

    internal Task GiveBackAsync(AttemptKey key) =>
        database.ExecuteAsync(
            "UPDATE idp.throttle_counters SET count = greatest(count - 1, failed) WHERE key = @key "
                + "AND blocked_until IS NULL",
            CancellationToken.None,
            ("key", key.Value)
        );

    private async Task<TimeSpan> LeftAsync(AttemptKey key, CancellationToken cancellationToken) =>
        await database.QuerySingleOrDefaultAsync<TimeSpan?>(
            Left,
            static row => row.GetTimeSpan(0),
            cancellationToken,
            ("key", key.Value)
        ) ?? TimeSpan.FromSeconds(1);

    /// <summary>An attempt that a statement of the caller's reserved with <see cref="BeginSql"/>.</summary>
    internal Attempt Granted(AttemptKey key, AttemptLimit limit) => new(this, key, limit);

    /// <summary>The parameters of <see cref="BeginSql"/> but its key.</summary>
    internal static (string, object?)[] BeginParameters(AttemptLimit limit) =>
        [("attempts", limit.Attempts), ("memory", limit.Memory), ("judgement", MaxJudgement)];

    /// <summary>The parameters of <see cref="TakeSql"/>.</summary>
    internal static (string, object?)[] TakeParameters(string prefix, AttemptKey key, AttemptLimit limit) =>
        [
            (prefix + "key", key.Value),
            (prefix + "attempts", limit.Attempts),
            (prefix + "memory", limit.Memory),
            (prefix + "lock", limit.Lock),
        ];

    /// <summary>SQL that reserves an attempt at a secret and returns a row when it may be judged.</summary>
    /// <param name="key">SQL of the counter's key.</param>
    /// <param name="condition">SQL of what must hold besides.</param>
    internal static string BeginSql(string key, string condition) =>
        $"""
            INSERT INTO idp.throttle_counters AS t (key, count, failed, window_ends_at)
            SELECT {key}, 1, 0, clock_timestamp() + @memory WHERE {condition}
            ON CONFLICT (key) DO UPDATE SET
                count = CASE WHEN t.window_ends_at <= clock_timestamp() OR t.blocked_until IS NOT NULL THEN 1
                             ELSE least(t.count + 1, @attempts) END,
                failed = CASE WHEN t.window_ends_at <= clock_timestamp() OR t.blocked_until IS NOT NULL THEN 0
                              WHEN t.count >= @attempts THEN @attempts - 1
                              ELSE t.failed END,
                window_ends_at = clock_timestamp() + @memory,
                blocked_until = NULL
            WHERE (t.blocked_until IS NULL OR t.blocked_until <= clock_timestamp())
              AND (t.count < @attempts OR t.blocked_until IS NOT NULL
                  OR t.window_ends_at <= clock_timestamp() + @memory - @judgement)
            RETURNING true
            """;

    /// <summary>SQL of how long a counter refuses, if it does.</summary>
    internal static string LeftSql(string key) =>
        "SELECT greatest(blocked_until - clock_timestamp(), interval '1 second') FROM idp.throttle_counters "
        + $"WHERE key = {key} AND blocked_until IS NOT NULL";

    /// <summary>SQL that takes one request of a sender and returns its number when it may be made.</summary>
    /// <param name="prefix">Before the names of the parameters.</param>
    internal static string TakeSql(string prefix) =>
        $"""
            INSERT INTO idp.throttle_counters AS t (key, count, window_ends_at, blocked_until)
            VALUES (@{prefix}key, 1, clock_timestamp() + @{prefix}memory,
                CASE WHEN @{prefix}attempts <= 1 THEN clock_timestamp() + @{prefix}lock END)
            ON CONFLICT (key) DO UPDATE SET
                count = CASE WHEN t.window_ends_at <= clock_timestamp() OR t.blocked_until IS NOT NULL THEN 1
                    ELSE t.count + 1 END,
                window_ends_at = clock_timestamp() + @{prefix}memory,
                blocked_until = CASE WHEN CASE WHEN t.window_ends_at <= clock_timestamp()
                    OR t.blocked_until IS NOT NULL THEN 1 ELSE t.count + 1 END >= @{prefix}attempts
                                     THEN clock_timestamp() + @{prefix}lock END
            WHERE t.blocked_until IS NULL OR t.blocked_until <= clock_timestamp()
            RETURNING t.count
            """;

    /// <summary>The network of an IP address, by which senders are counted: IPv6 by /64, IPv4 as it is.</summary>
    public static string Network(IPAddress? address)
    {
        if (address is null)
            return "unknown";
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return address.ToString();
        return Prefix(address, 64);
    }

    private static string Prefix(IPAddress address, int bits)
    {
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(bits / 8).Clear();
        return string.Create(CultureInfo.InvariantCulture, $"{new IPAddress(bytes)}/{bits}");
    }
}
