namespace Identity.Core.Grants;

/// <summary>What an authorization request, once it is granted, becomes.</summary>
/// <param name="ConsentRequired">Whether a remembered consent that covers the scopes is a condition, checked by the same statement.</param>
public sealed record CodeRequest(
    Guid UserId, Guid SessionId, string ClientId, IReadOnlyList<string> Scopes, string RedirectUri, string? CodeChallenge, string? Nonce, GrantDetails Details,
    TimeSpan Lifetime, bool ConsentRequired);

/// <summary>What a client presents with a code.</summary>
/// <param name="CodeVerifier">The PKCE verifier as it came (RFC 7636 4.5).</param>
/// <param name="Confirmation">The key that the request proved, as the JSON of a <c>cnf</c> claim; null when none.</param>
/// <param name="RefreshIdleLifetime">How long the refresh token lives unused; null when the client gets none.</param>
/// <param name="RefreshAbsoluteLifetime">How long its family lives at most.</param>
public sealed record CodeRedemption(
    string Code, string ClientId, string? RedirectUri, string? CodeVerifier, string? Confirmation, TimeSpan? RefreshIdleLifetime, TimeSpan RefreshAbsoluteLifetime);
