namespace Identity.Core.Passwords.Foreign;

/// <summary>The function that a hash repeats, by which its time is measured.</summary>
internal enum HashPrimitive
{
    /// <summary>A digest or two: no time worth measuring.</summary>
    Digest,

    /// <summary>A unit is one round, of which a cost of n has 2 to the power of n.</summary>
    Bcrypt,

    /// <summary>A unit is one iteration of one block.</summary>
    Pbkdf2Sha1,
    Pbkdf2Sha256,
    Pbkdf2Sha512,

    /// <summary>A unit is one MD5.</summary>
    Md5,

    /// <summary>A unit is one block mix: N times r times p.</summary>
    Scrypt,

    /// <summary>A unit is one pass over one KiB.</summary>
    Argon2,
}

/// <summary>How much a verification computes.</summary>
internal readonly record struct HashWork(HashPrimitive Primitive, long Units);

/// <summary>
/// A password hash that another system made. It is verified as that system did, over the password's UTF-8 bytes as
/// typed; the first sign-in replaces it. What is read (<see cref="ForeignHashReader"/>) stays within limits, so that no
/// stored row stops the queue of hashes or takes the memory.
/// </summary>
internal abstract class ForeignHash
{
    /// <summary>What <see cref="Matches"/> computes, whatever the password is.</summary>
    public abstract HashWork Work { get; }

    /// <summary>The one form in which it is stored. Its parameters come before salt and hash, so that the costliest
    /// ones can be found with SQL.</summary>
    public abstract string ToText();

    /// <summary>Whether the password is the one that was hashed. Takes the same time for every password.</summary>
    public abstract bool Matches(byte[] password);

    /// <summary>Redacted.</summary>
    public override string ToString() => $"{GetType().Name}(redacted)";
}
