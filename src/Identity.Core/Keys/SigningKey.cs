using System.Security.Cryptography;

namespace Identity.Core.Keys;

/// <summary>Where a signing key stands at one moment. Its times alone decide; nothing has to be written for a key to
/// move on.</summary>
public enum SigningKeyState
{
    /// <summary>Published, so that caches learn of it; does not sign yet (KM-3).</summary>
    Announced,

    /// <summary>Signs.</summary>
    Active,

    /// <summary>Published, so that what it signed can be verified; signs no more (KM-4).</summary>
    Retired,

    /// <summary>Neither published nor used.</summary>
    Removed,
}

/// <summary>A signing key in memory. It holds a native handle that lives as long as somebody uses the key; none is
/// disposed under a request.</summary>
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

    /// <summary>The public half as a JWK (RFC 7517), worked out from the private one and never taken from the database
    /// on trust.</summary>
    public string PublicJwk { get; }

    /// <summary>An <see cref="ECDsa"/> or an <see cref="RSA"/>. Ask <see cref="SigningKeyRing.Current"/> which one may
    /// sign.</summary>
    public AsymmetricAlgorithm PrivateKey { get; }

    /// <summary>It signs from here on.</summary>
    public DateTimeOffset ActivatesAt => Row.ActivatesAt;

    /// <summary>It signs until here.</summary>
    public DateTimeOffset RetiresAt => Row.RetiresAt;

    /// <summary>It is published until here.</summary>
    public DateTimeOffset RemovesAt => Row.RemovesAt;

    internal SigningKeyRow Row { get; }

    /// <summary>Its state by the database's clock.</summary>
    public SigningKeyState StateAt(DateTimeOffset now) => Row.StateAt(now);

    // The same key after its row changed.
    internal SigningKey With(SigningKeyRow row) =>
        row.ActivatesAt == ActivatesAt && row.RetiresAt == RetiresAt && row.RemovesAt == RemovesAt
            ? this
            : new(row, PrivateKey, PublicJwk);

    /// <summary>Redacted: names the key and shows nothing of it.</summary>
    public override string ToString() => $"{Algorithm} {Kid}";
}

/// <summary>No key of this algorithm may sign now. Nothing is signed with an expired one instead (KM-4).</summary>
public sealed class SigningKeyUnavailableException(string algorithm)
    : InvalidOperationException($"No {algorithm} signing key is valid now. See 'identity keys list'.");
