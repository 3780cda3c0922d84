namespace Identity.Core.Passwords.Foreign;

/// <summary>The function that a hash repeats; its duration is measured per function.</summary>
internal enum HashPrimitive
{
    /// <summary>One or two digests: too fast to measure.</summary>
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

/// <summary>The work of a verification.</summary>
internal readonly record struct HashWork(HashPrimitive Primitive, long Units);

/// <summary> A password hash that another system made. It is verified as that system did, over the password's UTF-8
/// bytes as typed; the first sign-in replaces it. The limits of <see cref="ForeignHashReader"/> ensure that no stored
/// row blocks the hash queue or uses up the memory.
/// </summary>
internal abstract class ForeignHash
{
    /// <summary>The work of <see cref="Matches"/>, whatever the password is.</summary>
    public abstract HashWork Work { get; }

    /// <summary>The stored form. Its parameters precede salt and hash, so that SQL can find the costliest
    /// ones.</summary>
    public abstract string ToText();

    /// <summary>Whether the password is the one that was hashed. Takes the same time for every password.</summary>
    public abstract bool Matches(byte[] password);

    /// <summary>Redacted.</summary>
    public override string ToString() => $"{GetType().Name}(redacted)";
}
