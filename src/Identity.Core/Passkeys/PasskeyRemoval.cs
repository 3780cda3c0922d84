using Identity.Core.Credentials;
using Identity.Core.Data;

namespace Identity.Core.Passkeys;

/// <summary>Takes a passkey away without its owner's proof, for an action that has seen to who asks.</summary>
internal static class PasskeyRemoval
{
    /// <summary>Removes one of a person's passkeys, though it be the last way in, in the transaction of an action,
    /// which writes the audit row and the notice. Its name; null when it is not theirs.</summary>
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
