namespace Identity.Core.Credentials;

// Credentials owns the version of an account's credentials, which tells a write whether the credential it relies on is
// still valid, and the state in which an account may act. It verifies no credential itself.

/// <summary> States that a credential of an account was verified, and the version of the account's credentials at that
/// moment. Every write that relies on it has the version as a condition (<see cref="CredentialVersions.HoldAsync"/>),
/// so that a change or a removal in between wins.
/// </summary>
/// <param name="UserId">Whose credential it is.</param>
/// <param name="Version">The value of <c>users.credential_version</c>, read no later than the credential.</param>
/// <param name="SessionId">The session whose token was the credential; null for other credentials. If set, the write
/// also requires the session to be live.</param>
public sealed record CredentialProof(Guid UserId, long Version, Guid? SessionId = null);
