using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Crypt = BCrypt.Net.BCrypt;

namespace Identity.Core.Passwords;

// Passwords owns what a password may be and how it is kept: normal form, policy, hashing and the queue for it. It does
// not know accounts (Users)
// and does not count attempts (Throttling).

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

    private readonly int _cost;
    private readonly string _dummy;
    private long _calls;

    public PasswordHasher(IOptions<PasswordOptions> options)
    {
        _cost = options.Value.HashCost;
        // A hash that nothing matches: an account without a usable hash costs what any other costs (PW-4, EN-2).
        _dummy = Crypt.HashPassword(Convert.ToBase64String(RandomNumberGenerator.GetBytes(48)), _cost);
    }

    /// <summary>How many times bcrypt was run.</summary>
    public long Calls => Interlocked.Read(ref _calls);

    /// <summary>A new hash with a new salt at the cost set now.</summary>
    public PasswordHash Hash(PlainTextPassword password)
    {
        Interlocked.Increment(ref _calls);
        return new(Scheme + Crypt.HashPassword(Digest(password), _cost));
    }

    /// <summary>Compares. A null, corrupt or foreign hash is an ordinary failure that costs one bcrypt run, like every
    /// other.</summary>
    public PasswordVerification Verify(PlainTextPassword password, string? stored)
    {
        Interlocked.Increment(ref _calls);
        var known = TryRead(stored, out var bcrypt, out var cost);
        bool matches;
        try
        {
            matches = Crypt.Verify(Digest(password), known ? bcrypt : _dummy) && known;
        }
        catch (Exception exception)
            when (exception
                    is BCrypt.Net.SaltParseException
                        or ArgumentException
                        or FormatException
                        or BCrypt.Net.HashInformationException
            )
        {
            Crypt.Verify(Digest(password), _dummy);
            matches = false;
        }
        return new(matches, matches && cost < _cost);
    }

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
            && int.TryParse(bcrypt.AsSpan(4, 2), NumberStyles.None, CultureInfo.InvariantCulture, out cost)
            && cost is >= 4 and <= PasswordOptions.HighestCost;
    }

    private static string Digest(PlainTextPassword password) =>
        Convert.ToBase64String(SHA384.HashData(Encoding.UTF8.GetBytes(password.Normalized)));
}
