using System.Text.Json;
using System.Text.Json.Serialization;
using Identity.Core.Primitives;
using Identity.Core.Profile;

namespace Identity.Core.Grants;

// Grants owns what a person allowed a client: authorization codes, refresh token families, consents, and everything
// else that is issued once or kept for a while (idp.grants, idp.token_families, refresh_tokens). Each is consumed by
// one conditional statement (DB-1). It knows neither the protocol engine nor the format of tokens.

/// <summary>The basis of a token: who allowed which client what, as read from the database during the
/// request.</summary>
public sealed record TokenGrant
{
    public required Guid FamilyId { get; init; }

    /// <summary>The session of the sign-in, the <c>sid</c> of tokens, even if the family has a session of its own; null
    /// if nobody signed in, because a personal access token was exchanged.</summary>
    public required Guid? SessionId { get; init; }
    public required string ClientId { get; init; }
    public required IReadOnlyList<string> Scopes { get; init; }
    public required SubjectProfile Subject { get; init; }
    public required GrantDetails Details { get; init; }

    /// <summary>The nonce of the authorization request; only when a code is redeemed (OIDC Core section 12.2: a refresh
    /// has none).</summary>
    public string? Nonce { get; init; }
}

/// <summary>What stays the same for the life of a family (OA-12). Stored as JSON in
/// <c>idp.token_families.details</c>.</summary>
public sealed record GrantDetails
{
    internal static JsonSerializerOptions Json { get; } =
        new()
        {
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        };

    /// <summary>When the person last authenticated, in seconds since the epoch.</summary>
    public required long AuthTime { get; init; }

    /// <summary>The methods used (RFC 8176).</summary>
    public required IReadOnlyList<string> Amr { get; init; }
    public string? Acr { get; init; }

    /// <summary>The requested resources (RFC 8707); empty if the scopes decide.</summary>
    public IReadOnlyList<string>? Resources { get; init; }

    /// <summary>The part of the <c>claims</c> parameter that the client may have, in the form of that
    /// parameter.</summary>
    public JsonElement? Claims { get; init; }

    /// <summary><c>authorization_details</c> (RFC 9396) and key binding (<c>cnf</c>), as received.</summary>
    public JsonElement? AuthorizationDetails { get; init; }
    public JsonElement? Confirmation { get; init; }

    /// <summary> Whether every access token of the grant is bound to a key although the grant is not: a confidential
    /// client authenticates with its own credentials and may change its key, but never returns to bearer tokens (RFC
    /// 9449 section 5).
    /// </summary>
    public bool? SenderConstrained { get; init; }

    /// <summary>The member of the stored JSON.</summary>
    internal const string SenderConstrainedJson = """{"sender_constrained": true}""";

    /// <summary>The browser session in which the grant began, if the family outlives it: the <c>sid</c> of
    /// tokens.</summary>
    public Guid? Sid { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this, Json);

    public static GrantDetails FromJson(string json) =>
        JsonSerializer.Deserialize<GrantDetails>(json, Json) ?? throw new JsonException("null is no grant.");

    /// <summary> Reads JSON that a client sent (the <c>claims</c> and <c>authorization_details</c> parameters) for
    /// storage. False for what <see cref="UntrustedJson"/> refuses, some of which PostgreSQL's jsonb would refuse too.
    /// </summary>
    public static bool TryReadJson(string text, out JsonElement json)
    {
        using var document = UntrustedJson.Read(text);
        json = document?.RootElement.Clone() ?? default;
        return document is not null;
    }
}

/// <summary>The answer to a presented code or refresh token.</summary>
public abstract record GrantRedemption
{
    private GrantRedemption() { }

    /// <summary>It was valid and is now consumed.</summary>
    /// <param name="RefreshToken">The refresh token to return; null if the grant has none.</param>
    public sealed record Granted(TokenGrant Grant, string? RefreshToken) : GrantRedemption
    {
        /// <summary>Redacted.</summary>
        public override string ToString() => $"Granted {Grant.FamilyId}";
    }

    /// <summary>It was refused. Nothing was consumed, except for <see cref="GrantRefusal.Reused"/>, which ended the
    /// family.</summary>
    public sealed record Refused(GrantRefusal Reason) : GrantRedemption;
}

/// <summary>The private reason of a refusal. All except <see cref="ScopeExceeded"/> are <c>invalid_grant</c> to the
/// client.</summary>
public enum GrantRefusal
{
    Unknown,
    Expired,
    Revoked,
    SessionOver,
    WrongClient,

    /// <summary>The redirect URI or the PKCE verifier is not that of the authorization request.</summary>
    WrongProof,

    /// <summary>The request asks for more scope than was granted: <c>invalid_scope</c>, and the token stays
    /// valid.</summary>
    ScopeExceeded,

    /// <summary>It was used before: the family has ended (OA-5, OA-10).</summary>
    Reused,
}
