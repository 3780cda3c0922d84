using System.Buffers.Text;
using System.Security.Cryptography;

namespace Identity.Core.Primitives;

// Primitives owns the basic types of every room: tokens, digests, addresses, subjects. It depends only on the base
// class library.

/// <summary>A secret of 256 random bits that is issued once (SE-1). Only its <see cref="Sha256Digest"/> is ever
/// stored.</summary>
public sealed class OpaqueToken
{
    /// <summary>Random bytes in a token.</summary>
    public const int Bytes = 32;

    /// <summary>Characters of its text: base64url without padding.</summary>
    public const int TextLength = 43;

    private OpaqueToken(string value) => Value = value;

    /// <summary>The text to issue. Never log it.</summary>
    public string Value { get; }

    /// <summary>The digest that is stored.</summary>
    public Sha256Digest Digest => Sha256Digest.Of(Value);

    /// <summary>A new token.</summary>
    public static OpaqueToken Create()
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        RandomNumberGenerator.Fill(bytes);
        return new(Base64Url.EncodeToString(bytes));
    }

    /// <summary>Parses a presented token. False for anything that cannot be one, so that it never reaches the
    /// database.</summary>
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
