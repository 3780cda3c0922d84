using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Identity.Core.Passwords.Foreign;
using Microsoft.Extensions.Options;
using Crypt = BCrypt.Net.BCrypt;

namespace Identity.Core.Passwords;

// Passwords owns what a password may be and how it is kept: normal form, policy, hashing and the queue for it. It does
// not know accounts (Users) and does not count attempts (Throttling).

/// <summary>A stored password hash: <c>$idp1</c> followed by bcrypt over base64(SHA-384(password)). bcrypt carries cost
/// and salt.</summary>
public sealed record PasswordHash(string Value)
{
    /// <summary>Redacted.</summary>
    public override string ToString() => "PasswordHash(redacted)";
}

/// <summary>What a verification found.</summary>
/// <param name="Matches">Whether the password is right.</param>
/// <param name="NeedsRehash">Right, but kept with a lower cost or another scheme than is set now (PW-3).</param>
/// <param name="IsForeign">Right, and kept as another system made it: the new hash must not wait for an idle
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

    // How fast our own function is, measured as the others are: once a process, and where a foreign hash asks for it.
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
        // A hash that nothing matches: an account without a usable hash costs what any other costs (PW-4, EN-2).
        _dummy = Crypt.HashPassword(Convert.ToBase64String(RandomNumberGenerator.GetBytes(48)), _cost);
        // A start on a busy machine must not make the queue short: that a hash is slow shows soon enough.
        var usual = UsualAtLowestCost * (1 << (_cost - PasswordOptions.LowestCost));
        FirstHash = Stopwatch.GetElapsedTime(began) is var took && took < usual ? took : usual;
    }

    /// <summary>How many times a password was hashed or compared.</summary>
    public long Calls => Interlocked.Read(ref _calls);

    /// <summary>The rounds of bcrypt that comparisons took, 2 to the power of the cost each.</summary>
    internal long Rounds => Interlocked.Read(ref _rounds);

    /// <summary>How long a hash at the configured cost takes, as far as one can tell at the start.</summary>
    internal TimeSpan FirstHash { get; }

    /// <summary>The cost that every comparison takes: the configured one, or that of the costliest stored
    /// hash.</summary>
    internal int ComparisonCost => Math.Max(_cost, Volatile.Read(ref _highestStored));

    /// <summary>The rounds that every comparison takes: those of <see cref="ComparisonCost"/>, or what the costliest
    /// foreign hash takes as long as.</summary>
    internal long ComparisonRounds => Math.Max(1L << ComparisonCost, Interlocked.Read(ref _highestForeign));

    /// <summary>The highest cost of a stored hash, as the database has it.</summary>
    internal void NoteHighestStored(int cost) =>
        Volatile.Write(ref _highestStored, Math.Min(cost, PasswordOptions.HighestCost));

    /// <summary>The foreign hashes that are stored, one of each set of parameters, as the database has them.</summary>
    internal void NoteForeignStored(IEnumerable<string> samples)
    {
        var highest = samples
            .Select(sample => ForeignHashReader.TryRead(sample, out var hash) ? RoundsOf(hash) : 0L)
            .DefaultIfEmpty()
            .Max();
        Interlocked.Exchange(ref _highestForeign, highest);
    }

    /// <summary>Whether <see cref="Verify"/> can compare with this text: a hash of ours, or one of another system
    /// within its limits. Gives the form in which it is stored.</summary>
    public static bool TryReadStored(string? text, [NotNullWhen(true)] out PasswordHash? hash)
    {
        hash =
            TryRead(text, out _, out _) ? new(text!)
            : ForeignHashReader.TryRead(text, out var foreign) ? new(foreign.ToText())
            : null;
        return hash is not null;
    }

    /// <summary>A new hash with a new salt at the cost set now.</summary>
    public PasswordHash Hash(PlainTextPassword password)
    {
        Interlocked.Increment(ref _calls);
        return new(Scheme + Crypt.HashPassword(Digest(password), _cost));
    }

    /// <summary>
    /// Compares. A null, corrupt or unknown hash is an ordinary failure. Every comparison takes the time of the
    /// costliest stored hash, whatever is stored here: else the time would tell who has an account, how old its
    /// password is, and where it came from.
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

    // What takes as long as the other system's function on this machine, in rounds of ours.
    private long RoundsOf(ForeignHash foreign) =>
        Math.Min(
            (long)(_speed.Seconds(foreign.Work) / Math.Min(Volatile.Read(ref _secondsPerRound), OnThisMachine.Value)),
            1L << PasswordOptions.HighestCost
        );

    // Comparisons that nothing comes of, from the costliest that fits to the cheapest; 16 rounds are a millisecond.
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

    // The least time counts: whatever else the machine did only made it longer.
    private void NoteSpeed(double secondsPerRound)
    {
        if (secondsPerRound > 0 && secondsPerRound < Volatile.Read(ref _secondsPerRound))
            Volatile.Write(ref _secondsPerRound, secondsPerRound);
    }

    // The cost is two digits of the text; that nothing matches it does not depend on them.
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
        // A cost above what is ever configured would let one forged row stop the queue.
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
