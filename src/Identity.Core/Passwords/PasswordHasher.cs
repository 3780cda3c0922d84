using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
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
public readonly record struct PasswordVerification(bool Matches, bool NeedsRehash);

/// <summary>Hashes and verifies. Slow on purpose: call it through <see cref="HashQueue"/> only.</summary>
public sealed class PasswordHasher
{
    /// <summary>The scheme, version 1. SHA-384 in base64 is 64 bytes without NUL, so bcrypt, which stops at NUL and at
    /// 72, sees every bit of every byte (PW-1).</summary>
    private const string Scheme = "$idp1";
    private const int BcryptLength = 60;

    private const int CostStart = 4;
    private const int CostLength = 2;
    private static readonly TimeSpan UsualAtLowestCost = TimeSpan.FromMilliseconds(300);

    private readonly int _cost;
    private readonly string _dummy;
    private int _highestStored;
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

    /// <summary>The highest cost of a stored hash, as the database has it.</summary>
    internal void NoteHighestStored(int cost) =>
        Volatile.Write(ref _highestStored, Math.Min(cost, PasswordOptions.HighestCost));

    /// <summary>A new hash with a new salt at the cost set now.</summary>
    public PasswordHash Hash(PlainTextPassword password)
    {
        Interlocked.Increment(ref _calls);
        return new(Scheme + Crypt.HashPassword(Digest(password), _cost));
    }

    /// <summary>
    /// Compares. A null, corrupt or foreign hash is an ordinary failure. Every comparison takes the time of the
    /// costliest stored hash, whatever is stored here: else the time would tell who has an account and how old its
    /// password is.
    /// </summary>
    public PasswordVerification Verify(PlainTextPassword password, string? stored)
    {
        Interlocked.Increment(ref _calls);
        var digest = Digest(password);
        var known = TryRead(stored, out var bcrypt, out var cost);
        if (known && cost > ComparisonCost)
            NoteHighestStored(cost);
        var highest = ComparisonCost;
        if (!known)
        {
            Compare(digest, AtCost(highest), highest);
            return new(false, false);
        }
        var matches = Compare(digest, bcrypt, cost);
        // 2^cost + 2^cost + 2^(cost + 1) + ... + 2^(highest - 1) is 2^highest.
        for (var step = cost; step < highest; step++)
            Compare(digest, AtCost(step), step);
        return new(matches, matches && cost < _cost);
    }

    private bool Compare(string digest, string bcrypt, int cost)
    {
        Interlocked.Add(ref _rounds, 1L << cost);
        try
        {
            return Crypt.Verify(digest, bcrypt);
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
            && cost is >= 4 and <= PasswordOptions.HighestCost;
    }

    private static string Digest(PlainTextPassword password) =>
        Convert.ToBase64String(SHA384.HashData(Encoding.UTF8.GetBytes(password.Normalized)));
}
