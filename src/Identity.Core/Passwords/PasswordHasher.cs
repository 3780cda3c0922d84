using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Identity.Core.Passwords.Foreign;
using Microsoft.Extensions.Options;
using Crypt = BCrypt.Net.BCrypt;

namespace Identity.Core.Passwords;

// Passwords owns what a password may be and how it is stored: normal form, policy, hashing and the queue for it. It
// does not know accounts (Users) and does not count attempts (Throttling).

/// <summary>A stored password hash: <c>$idp1</c> followed by bcrypt over base64(SHA-384(password)). bcrypt carries cost
/// and salt.</summary>
public sealed record PasswordHash(string Value)
{
    /// <summary>Redacted.</summary>
    public override string ToString() => "PasswordHash(redacted)";
}

/// <summary>The result of a verification.</summary>
/// <param name="Matches">Whether the password is right.</param>
/// <param name="NeedsRehash">Right, but stored with a lower cost or another scheme than the current one (PW-3).</param>
/// <param name="IsForeign">Right, and stored in another system's format: the new hash must not wait for an idle
/// machine.</param>
public readonly record struct PasswordVerification(bool Matches, bool NeedsRehash, bool IsForeign = false);

/// <summary>Hashes and verifies. Slow on purpose: call it through <see cref="HashQueue"/> only.</summary>
public sealed class PasswordHasher
{
    /// <summary>The scheme, version 1. SHA-384 in base64 is 64 bytes without NUL, so bcrypt, which stops at NUL and at
    /// 72, sees every bit of every byte (PW-1).</summary>
    private const string Scheme = "$idp1";
    private const int BcryptLength = 60;

    private const int CostStart = 4;
    private const int MinCost = 4;
    private const int CostLength = 2;
    private const int SampleCost = 6;
    private static readonly TimeSpan UsualAtLowestCost = TimeSpan.FromMilliseconds(300);

    // The speed of bcrypt, measured like that of the foreign functions: once per process, and only if a foreign hash
    // requires it.
    private static readonly Lazy<double> OnThisMachine = new(static () =>
    {
        var sample = Crypt.HashPassword("", SampleCost);
        var least = double.MaxValue;
        for (var started = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(started) < HashSpeed.WarmUp; )
        {
            var began = Stopwatch.GetTimestamp();
            Crypt.Verify("", sample);
            least = Math.Min(least, Stopwatch.GetElapsedTime(began).TotalSeconds / (1L << SampleCost));
        }
        return least;
    });

    private readonly int _cost;
    private readonly string _dummy;
    private readonly HashSpeed _speed = new();
    private double _secondsPerRound = double.MaxValue;
    private int _highestStored;
    private long _highestForeign;
    private long _calls;
    private long _rounds;

    public PasswordHasher(IOptions<PasswordOptions> options)
    {
        _cost = options.Value.HashCost;
        var began = Stopwatch.GetTimestamp();
        // A hash that no password matches, so that an account without a usable hash takes as long as any other (PW-4,
        // EN-2).
        _dummy = Crypt.HashPassword(Convert.ToBase64String(RandomNumberGenerator.GetBytes(48)), _cost);
        // A start on a busy machine must not shrink the queue; the queue measures slow hashes soon enough.
        var usual = UsualAtLowestCost * (1 << (_cost - PasswordOptions.LowestCost));
        FirstHash = Stopwatch.GetElapsedTime(began) is var took && took < usual ? took : usual;
    }

    /// <summary>The number of hashes and comparisons.</summary>
    public long Calls => Interlocked.Read(ref _calls);

    /// <summary>The bcrypt rounds that comparisons took, 2 to the power of the cost each.</summary>
    internal long Rounds => Interlocked.Read(ref _rounds);

    /// <summary>The estimated duration of a hash at the configured cost, measured at the start.</summary>
    internal TimeSpan FirstHash { get; }

    /// <summary>The cost of every comparison: the configured one or that of the costliest stored hash.</summary>
    internal int ComparisonCost => Math.Max(_cost, Volatile.Read(ref _highestStored));

    /// <summary>The rounds of every comparison: those of <see cref="ComparisonCost"/>, or as many as take as long as
    /// the costliest foreign hash.</summary>
    internal long ComparisonRounds => Math.Max(1L << ComparisonCost, Interlocked.Read(ref _highestForeign));

    /// <summary>The highest cost of a stored hash in the database.</summary>
    internal void NoteHighestStored(int cost) =>
        Volatile.Write(ref _highestStored, Math.Min(cost, PasswordOptions.HighestCost));

    /// <summary>The stored foreign hashes, one per set of parameters.</summary>
    internal void NoteForeignStored(IEnumerable<string> samples)
    {
        var highest = samples
            .Select(sample => ForeignHashReader.TryRead(sample, out var hash) ? RoundsOf(hash) : 0L)
            .DefaultIfEmpty()
            .Max();
        Interlocked.Exchange(ref _highestForeign, highest);
    }

    /// <summary>Whether <see cref="Verify"/> can compare with this text: a bcrypt hash of this provider, or one of
    /// another system within the limits. Returns the stored form.</summary>
    public static bool TryReadStored(string? text, [NotNullWhen(true)] out PasswordHash? hash)
    {
        hash =
            TryRead(text, out _, out _) ? new(text!)
            : ForeignHashReader.TryRead(text, out var foreign) ? new(foreign.ToText())
            : null;
        return hash is not null;
    }

    /// <summary>A new hash with a new salt at the current cost.</summary>
    public PasswordHash Hash(PlainTextPassword password)
    {
        Interlocked.Increment(ref _calls);
        return new(Scheme + Crypt.HashPassword(Digest(password), _cost));
    }

    /// <summary> Compares. A null, corrupt or unknown hash is an ordinary failure. Every comparison takes as long as
    /// the costliest stored hash. Otherwise the time would reveal whether an account exists, how old its password is,
    /// and which system it came from.
    /// </summary>
    public PasswordVerification Verify(PlainTextPassword password, string? stored)
    {
        Interlocked.Increment(ref _calls);
        var digest = Digest(password);
        if (TryRead(stored, out var bcrypt, out var cost))
        {
            if (cost > ComparisonCost)
                NoteHighestStored(cost);
            var matches = Compare(digest, bcrypt, cost);
            Fill(digest, ComparisonRounds - (1L << cost));
            return new(matches, matches && cost < _cost);
        }
        if (ForeignHashReader.TryRead(stored, out var foreign))
            return VerifyForeign(password, digest, foreign);
        Fill(digest, ComparisonRounds);
        return new(false, false);
    }

    private PasswordVerification VerifyForeign(PlainTextPassword password, string digest, ForeignHash foreign)
    {
        var rounds = RoundsOf(foreign);
        if (rounds > ComparisonRounds)
            Interlocked.Exchange(ref _highestForeign, rounds);
        var began = Stopwatch.GetTimestamp();
        var matches = foreign.Matches(Encoding.UTF8.GetBytes(password.Typed));
        _speed.Note(foreign.Work, Stopwatch.GetElapsedTime(began));
        Fill(digest, ComparisonRounds - rounds);
        return new(matches, matches, matches);
    }

    // The duration of another system's function on this machine, in rounds of bcrypt.
    private long RoundsOf(ForeignHash foreign) =>
        Math.Min(
            (long)(_speed.Seconds(foreign.Work) / Math.Min(Volatile.Read(ref _secondsPerRound), OnThisMachine.Value)),
            1L << PasswordOptions.HighestCost
        );

    // Comparisons whose result is ignored, from the costliest that fits to the cheapest; 16 rounds take a millisecond.
    private void Fill(string digest, long rounds)
    {
        for (var step = PasswordOptions.HighestCost; step >= MinCost; step--)
        {
            if (rounds < 1L << step)
                continue;
            rounds -= 1L << step;
            Compare(digest, AtCost(step), step);
        }
    }

    private bool Compare(string digest, string bcrypt, int cost)
    {
        Interlocked.Add(ref _rounds, 1L << cost);
        var began = Stopwatch.GetTimestamp();
        try
        {
            var matches = Crypt.Verify(digest, bcrypt);
            NoteSpeed(Stopwatch.GetElapsedTime(began).TotalSeconds / (1L << cost));
            return matches;
        }
        catch (Exception exception)
            when (exception
                    is BCrypt.Net.SaltParseException
                        or ArgumentException
                        or FormatException
                        or BCrypt.Net.HashInformationException
            )
        {
            Crypt.Verify(digest, AtCost(cost));
            return false;
        }
    }

    // The minimum counts, because other load only increases the time.
    private void NoteSpeed(double secondsPerRound)
    {
        if (secondsPerRound > 0 && secondsPerRound < Volatile.Read(ref _secondsPerRound))
            Volatile.Write(ref _secondsPerRound, secondsPerRound);
    }

    // The cost is two digits of the text; the hash matches nothing whatever they are.
    private string AtCost(int cost) =>
        string.Concat(
            _dummy.AsSpan(0, CostStart),
            cost.ToString("D2", CultureInfo.InvariantCulture),
            _dummy.AsSpan(CostStart + CostLength)
        );

    private static bool TryRead(string? stored, out string bcrypt, out int cost)
    {
        bcrypt = "";
        cost = 0;
        if (
            stored is null
            || stored.Length != Scheme.Length + BcryptLength
            || !stored.StartsWith(Scheme, StringComparison.Ordinal)
        )
            return false;
        bcrypt = stored[Scheme.Length..];
        // A higher cost than can be configured would let one forged row block the queue.
        return bcrypt.StartsWith("$2", StringComparison.Ordinal)
            && bcrypt[3] == '$'
            && bcrypt[6] == '$'
            && int.TryParse(
                bcrypt.AsSpan(CostStart, CostLength),
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out cost
            )
            && cost is >= MinCost and <= PasswordOptions.HighestCost;
    }

    private static string Digest(PlainTextPassword password) =>
        Convert.ToBase64String(SHA384.HashData(Encoding.UTF8.GetBytes(password.Normalized)));
}
