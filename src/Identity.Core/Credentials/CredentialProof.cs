namespace Identity.Core.Credentials;

// Credentials owns the version of an account's credentials, by which a write knows whether what it rests on still
// holds, and the state in which an account may act. It judges no credential itself.

/// <summary>
/// That a credential of an account was judged good, and the version that the account's credentials had at that moment.
/// Every write that rests on the judgement has the version as its condition
/// (<see cref="CredentialVersions.HoldAsync"/>), so that a change or a removal in between wins.
/// </summary>
/// <param name="UserId">Whose credential it is.</param>
/// <param name="Version">The value of <c>users.credential_version</c>, read no later than the credential.</param>
/// <param name="SessionId">The session whose token was the credential; null for every other kind. The write then has
/// the live session as a condition, too.</param>
public sealed record CredentialProof(Guid UserId, long Version, Guid? SessionId = null);
