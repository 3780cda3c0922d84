using Identity.Core.Data;

namespace Identity.Core.Credentials;

/// <summary>
/// The one mechanism against requests in flight. Whatever changes or takes back a credential raises the account's
/// version in its own transaction; whatever rests on a credential holds the version that was judged. Both lock the
/// account's row first, so they follow one another: either the write is seen and undone by the change, or it finds
/// another version and does nothing.
/// </summary>
public static class CredentialVersions
{
    /// <summary>An assignment for an UPDATE of <c>public.users</c> that changes or takes back a credential.</summary>
    public const string Raise = "credential_version = credential_version + 1";

    private const string Hold = $"""
        SELECT true FROM public.users u WHERE u.id = @user AND u.credential_version = @version AND {AccountState.MayAct}
        FOR NO KEY UPDATE
        """;

    // NO KEY UPDATE and not a weaker lock: the token of the session is often renewed next, in the same transaction.
    private const string HoldSession = """
        SELECT true FROM public.sessions WHERE id = @session AND user_id = @user AND is_active AND expires_at > now()
        FOR NO KEY UPDATE
        """;

    /// <summary>
    /// Locks the account until the end of the transaction and says whether the proof still holds. Call it first: false
    /// means that nothing may be written.
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

    /// <summary>Raises the version where no other column of the account changes, and locks the account. The new
    /// version; null when the account is gone.</summary>
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
