using System.Security.Cryptography;

namespace Identity.Core.Keys;

/// <summary>The state of a signing key at one moment. It follows from the key's times, so nothing has to be written for
/// a transition.</summary>
public enum SigningKeyState
{
    /// <summary>Published, so that caches learn of it; does not sign yet (KM-3).</summary>
    Announced,

    /// <summary>Signs.</summary>
    Active,

    /// <summary>Published, so that what it signed can be verified; no longer signs (KM-4).</summary>
    Retired,

    /// <summary>Neither published nor used.</summary>
    Removed,
}

/// <summary>A signing key in memory. It holds a native handle that lives as long as the key is in use; it is never
/// disposed during a request.</summary>
public sealed class SigningKey
{
    internal SigningKey(SigningKeyRow row, AsymmetricAlgorithm privateKey)
        : this(row, privateKey, SigningKeyMaterial.PublicJwk(privateKey, row.Algorithm)) { }

    private SigningKey(SigningKeyRow row, AsymmetricAlgorithm privateKey, string publicJwk) =>
        (Row, PrivateKey, PublicJwk) = (row, privateKey, publicJwk);

    /// <summary>The key's name in token headers and in the key set: the thumbprint of its public half (RFC
    /// 7638).</summary>
    public string Kid => Row.Kid;

    /// <summary>One of <see cref="SigningAlgorithm.Supported"/>; a key is used with this one only.</summary>
    public string Algorithm => Row.Algorithm;

    /// <summary>The public half as a JWK (RFC 7517), derived from the private half and never read from the
    /// database.</summary>
    public string PublicJwk { get; }

    /// <summary>An <see cref="ECDsa"/> or an <see cref="RSA"/>. <see cref="SigningKeyRing.Current"/> returns the one
    /// that may sign.</summary>
    public AsymmetricAlgorithm PrivateKey { get; }

    /// <summary>When it begins to sign.</summary>
    public DateTimeOffset ActivatesAt => Row.ActivatesAt;

    /// <summary>When it stops signing.</summary>
    public DateTimeOffset RetiresAt => Row.RetiresAt;

    /// <summary>When it leaves the key set.</summary>
    public DateTimeOffset RemovesAt => Row.RemovesAt;

    internal SigningKeyRow Row { get; }

    /// <summary>Its state by the database's clock.</summary>
    public SigningKeyState StateAt(DateTimeOffset now) => Row.StateAt(now);

    // The same key after its row changed.
    internal SigningKey With(SigningKeyRow row) =>
        row.ActivatesAt == ActivatesAt && row.RetiresAt == RetiresAt && row.RemovesAt == RemovesAt
            ? this
            : new(row, PrivateKey, PublicJwk);

    /// <summary>Redacted: only the key's name.</summary>
    public override string ToString() => $"{Algorithm} {Kid}";
}

/// <summary>No key of this algorithm may sign now. An expired one is never used instead (KM-4).</summary>
public sealed class SigningKeyUnavailableException(string algorithm)
    : InvalidOperationException($"No {algorithm} signing key is valid now. See 'identity keys list'.");
