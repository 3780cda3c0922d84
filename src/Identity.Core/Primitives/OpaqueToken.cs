using System.Buffers.Text;
using System.Security.Cryptography;

namespace Identity.Core.Primitives;

// Primitives owns the words that every room speaks: tokens, digests, addresses, subjects. It knows the base class
// library and nothing else.

/// <summary>A secret of 256 random bits that is given out once (SE-1). Only its <see cref="Sha256Digest"/> is ever
/// stored.</summary>
public sealed class OpaqueToken
{
    /// <summary>Random bytes in a token.</summary>
    public const int Bytes = 32;

    /// <summary>Characters of its text: base64url without padding.</summary>
    public const int TextLength = 43;

    private OpaqueToken(string value) => Value = value;

    /// <summary>The text to give out. Never log it.</summary>
    public string Value { get; }

    /// <summary>What is stored.</summary>
    public Sha256Digest Digest => Sha256Digest.Of(Value);

    /// <summary>A new token.</summary>
    public static OpaqueToken Create()
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        RandomNumberGenerator.Fill(bytes);
        return new(Base64Url.EncodeToString(bytes));
    }

    /// <summary>Reads what a caller presents. False for anything that cannot be a token of ours, so that it never
    /// reaches the database.</summary>
    public static bool TryParse(
        string? text,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out OpaqueToken? token
    )
    {
        token =
            text is { Length: TextLength } && Base64Url.IsValid(text, out var length) && length == Bytes
                ? new(text)
                : null;
        return token is not null;
    }

    /// <summary>Redacted.</summary>
    public override string ToString() => "OpaqueToken(redacted)";
}
