using Identity.Core.Credentials;
using Identity.Core.Data;

namespace Identity.Core.Passkeys;

/// <summary>Removes a passkey without its owner's proof, for an administrative action that has authorized the
/// operator.</summary>
internal static class PasskeyRemoval
{
    /// <summary>Removes one of a person's passkeys, even if it is their last way to sign in, in the transaction of an
    /// action, which writes the audit row and the notice. Returns its name; null if it is not theirs.</summary>
    public static async Task<string?> RemoveAsync(
        DatabaseTransaction transaction,
        Guid userId,
        Guid id,
        CancellationToken cancellationToken
    )
    {
        var name = await transaction.QuerySingleOrDefaultAsync<string?>(
            "DELETE FROM idp.passkeys WHERE id = @id AND user_id = @user_id RETURNING name",
            static row => row.GetString(0),
            cancellationToken,
            ("id", id),
            ("user_id", userId)
        );
        if (name is not null)
            await CredentialVersions.RaiseAsync(transaction, userId, cancellationToken);
        return name;
    }
}
