using Identity.Core.Passkeys;
using Identity.Core.Primitives;
using Identity.Core.Users;
using Microsoft.AspNetCore.Identity;

namespace Identity.Server.Pages.Passkeys;

/// <summary> Gives ASP.NET Core's passkey handler read access to accounts and passkeys. <see cref="PasskeyStore"/>
/// stores what the handler has checked, in one transaction with audit row and notice. The rest of ASP.NET Core Identity
/// is not used, so its write methods throw.
/// </summary>
internal sealed class PasskeyUserStore(UserStore users, PasskeyStore passkeys, bool? claimsBackupEligible)
    : IUserPasskeyStore<UserAccount>
{
    public async Task<IList<UserPasskeyInfo>> GetPasskeysAsync(UserAccount user, CancellationToken cancellationToken) =>
        [.. (await passkeys.ListAsync(user.Id, cancellationToken)).Select(AsInfo)];

    public async Task<UserAccount?> FindByPasskeyIdAsync(byte[] credentialId, CancellationToken cancellationToken) =>
        await passkeys.FindByCredentialAsync(credentialId, cancellationToken) is { } passkey
            ? await users.FindAsync(passkey.UserId, cancellationToken)
            : null;

    public async Task<UserPasskeyInfo?> FindPasskeyAsync(
        UserAccount user,
        byte[] credentialId,
        CancellationToken cancellationToken
    ) =>
        await passkeys.FindByCredentialAsync(credentialId, cancellationToken) is { } passkey
        && passkey.UserId == user.Id
            ? AsInfo(passkey)
            : null;

    public async Task<UserAccount?> FindByIdAsync(string userId, CancellationToken cancellationToken) =>
        SubjectId.TryParse(userId, out var subject)
        && await users.FindAsync(subject.Value, cancellationToken) is { MayAct: true } user
            ? user
            : null;

    public Task<string> GetUserIdAsync(UserAccount user, CancellationToken cancellationToken) =>
        Task.FromResult(new SubjectId(user.Id).ToString());

    public Task<string?> GetUserNameAsync(UserAccount user, CancellationToken cancellationToken) =>
        Task.FromResult<string?>(user.Email);

    public Task<string?> GetNormalizedUserNameAsync(UserAccount user, CancellationToken cancellationToken) =>
        Task.FromResult<string?>(user.Email);

    public Task<UserAccount?> FindByNameAsync(string normalizedUserName, CancellationToken cancellationToken) =>
        throw NotOurs();

    public Task AddOrUpdatePasskeyAsync(
        UserAccount user,
        UserPasskeyInfo passkey,
        CancellationToken cancellationToken
    ) => throw NotOurs();

    public Task RemovePasskeyAsync(UserAccount user, byte[] credentialId, CancellationToken cancellationToken) =>
        throw NotOurs();

    public Task SetUserNameAsync(UserAccount user, string? userName, CancellationToken cancellationToken) =>
        throw NotOurs();

    public Task SetNormalizedUserNameAsync(
        UserAccount user,
        string? normalizedName,
        CancellationToken cancellationToken
    ) => throw NotOurs();

    public Task<IdentityResult> CreateAsync(UserAccount user, CancellationToken cancellationToken) => throw NotOurs();

    public Task<IdentityResult> UpdateAsync(UserAccount user, CancellationToken cancellationToken) => throw NotOurs();

    public Task<IdentityResult> DeleteAsync(UserAccount user, CancellationToken cancellationToken) => throw NotOurs();

    public void Dispose()
    {
        // There is nothing to dispose.
    }

    private static NotSupportedException NotOurs() =>
        new(
            "Accounts and passkeys are changed by the rooms of Core, which audit it; the passkey handler only reads "
                + "them."
        );

    // Changes in an authenticator's reports are no reason for the handler to refuse: see PasskeyHandlers. The counter
    // is left out: PasskeyStore.NoteUseAsync checks it in one statement, so that one of several parallel uses is
    // accepted, and a decreasing counter is distinguished from other failures.
    private UserPasskeyInfo AsInfo(Passkey passkey) =>
        new(
            passkey.CredentialId,
            passkey.PublicKey,
            passkey.CreatedAt,
            signCount: 0,
            [.. passkey.Transports],
            passkey.IsUserVerified,
            claimsBackupEligible ?? passkey.IsBackupEligible,
            passkey.IsBackedUp,
            passkey.AttestationObject,
            passkey.ClientDataJson
        )
        {
            Name = passkey.Name,
        };
}
