using Identity.Core.Data;

namespace Identity.Core.Credentials;

/// <summary> The mechanism against requests in flight. Every change or revocation of a credential raises the account's
/// version in its own transaction; every write that relies on a credential checks the version at which it was verified.
/// Both lock the account's row first, so they run one after the other: either the change sees the write and undoes it,
/// or the write finds a newer version and does nothing.
/// </summary>
public static class CredentialVersions
{
    /// <summary>An assignment for an UPDATE of <c>public.users</c> that changes or revokes a credential.</summary>
    public const string Raise = "credential_version = credential_version + 1";

    private const string Hold = $"""
        SELECT true FROM public.users u WHERE u.id = @user AND u.credential_version = @version AND {AccountState.MayAct}
        FOR NO KEY UPDATE
        """;

    // NO KEY UPDATE and not a weaker lock, because the same transaction often renews the session's token next.
    private const string HoldSession = """
        SELECT true FROM public.sessions WHERE id = @session AND user_id = @user AND is_active AND expires_at > now()
        FOR NO KEY UPDATE
        """;

    /// <summary> Locks the account until the transaction ends and returns whether the proof is still valid. Call it
    /// first; after false, nothing may be written.
    /// </summary>
    public static async Task<bool> HoldAsync(
        DatabaseTransaction transaction,
        CredentialProof proof,
        CancellationToken cancellationToken
    ) =>
        await transaction.QuerySingleOrDefaultAsync(
            Hold,
            static row => row.GetBoolean(0),
            cancellationToken,
            ("user", proof.UserId),
            ("version", proof.Version)
        )
        && (
            proof.SessionId is not { } session
            || await transaction.QuerySingleOrDefaultAsync(
                HoldSession,
                static row => row.GetBoolean(0),
                cancellationToken,
                ("session", session),
                ("user", proof.UserId)
            )
        );

    /// <summary>Raises the version when no other column of the account changes, and locks the account. Returns the new
    /// version, or null if the account is gone.</summary>
    public static Task<long?> RaiseAsync(
        DatabaseTransaction transaction,
        Guid userId,
        CancellationToken cancellationToken
    ) =>
        transaction.QuerySingleOrDefaultAsync<long?>(
            $"UPDATE public.users SET {Raise} WHERE id = @user RETURNING credential_version",
            static row => row.GetInt64(0),
            cancellationToken,
            ("user", userId)
        );
}
