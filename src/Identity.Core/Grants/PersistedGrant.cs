namespace Identity.Core.Grants;

/// <summary>The kinds of <see cref="PersistedGrant"/>: <c>idp.grants.kind</c>, which takes no other.</summary>
public static class GrantKind
{
    public const string AuthorizationCode = "authorization_code";
    public const string Consent = "consent";
    public const string DeviceCode = "device_code";
    public const string PushedRequest = "pushed_request";
    public const string BackchannelRequest = "backchannel_request";
    public const string ReferenceToken = "reference_token";
}

/// <summary>One thing that is kept for a client between two requests. What the client holds is known by its SHA-256
/// only.</summary>
public sealed record PersistedGrant
{
    public required Guid Id { get; init; }
    public required string Kind { get; init; }
    public byte[]? KeyHash { get; init; }
    public required string ClientId { get; init; }
    public Guid? UserId { get; init; }
    public Guid? SessionId { get; init; }
    public Guid? FamilyId { get; init; }
    public IReadOnlyList<string> Scopes { get; init; } = [];

    /// <summary>JSON that may be read in the database.</summary>
    public string Data { get; init; } = "{}";

    /// <summary>What may not: encrypted before it is stored.</summary>
    public byte[]? Payload { get; init; }
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>Null: until withdrawn.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }
    public DateTimeOffset? ConsumedAt { get; init; }
}

/// <summary>
/// The seam towards the protocol engine, in Duende's vocabulary: keeps and finds grants. Codes and refresh tokens have
/// statements of their own (AuthorizationCodeStore, RefreshTokenStore), because redeeming one must be one statement.
/// </summary>
public interface IPersistedGrantStore
{
    /// <summary>Keeps a new grant. Its times are the database's: <paramref name="lifetime"/> counts from now; null is
    /// until withdrawn.</summary>
    Task StoreAsync(PersistedGrant grant, TimeSpan? lifetime, CancellationToken cancellationToken);

    /// <summary>The grant, when it is neither expired, consumed nor revoked.</summary>
    Task<PersistedGrant?> FindAsync(string kind, byte[] keyHash, CancellationToken cancellationToken);

    /// <summary>Takes the grant for good: of any number of callers, one gets it.</summary>
    Task<PersistedGrant?> ConsumeAsync(
        string kind,
        byte[] keyHash,
        string clientId,
        CancellationToken cancellationToken
    );
}
