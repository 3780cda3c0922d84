namespace Identity.Core.Grants;

/// <summary>The kinds of <see cref="PersistedGrant"/>, the only values of <c>idp.grants.kind</c>.</summary>
public static class GrantKind
{
    public const string AuthorizationCode = "authorization_code";
    public const string Consent = "consent";
    public const string DeviceCode = "device_code";
    public const string PushedRequest = "pushed_request";
    public const string BackchannelRequest = "backchannel_request";
    public const string ReferenceToken = "reference_token";
}

/// <summary>State that is kept for a client between two requests. The client's handle is stored only as
/// SHA-256.</summary>
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

    /// <summary>Encrypted before it is stored.</summary>
    public byte[]? Payload { get; init; }
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>Null: until withdrawn.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }
    public DateTimeOffset? ConsumedAt { get; init; }
}

/// <summary> The seam to the protocol engine, in Duende's vocabulary: stores and finds grants. Codes and refresh tokens
/// have statements of their own (AuthorizationCodeStore, RefreshTokenStore), because redeeming one must be one
/// statement.
/// </summary>
public interface IPersistedGrantStore
{
    /// <summary>Stores a new grant. Times come from the database: <paramref name="lifetime"/> counts from now; null
    /// means until withdrawn.</summary>
    Task StoreAsync(PersistedGrant grant, TimeSpan? lifetime, CancellationToken cancellationToken);

    /// <summary>The grant if it is not expired, consumed or revoked.</summary>
    Task<PersistedGrant?> FindAsync(string kind, byte[] keyHash, CancellationToken cancellationToken);

    /// <summary>Consumes the grant: of any number of callers, one gets it.</summary>
    Task<PersistedGrant?> ConsumeAsync(
        string kind,
        byte[] keyHash,
        string clientId,
        CancellationToken cancellationToken
    );
}
