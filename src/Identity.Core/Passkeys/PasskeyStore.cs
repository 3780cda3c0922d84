using Identity.Core.Audit;
using Identity.Core.Credentials;
using Identity.Core.Data;
using Identity.Core.Mail;

namespace Identity.Core.Passkeys;

/// <summary>Passkeys in the database. The caller must have done a step-up before adding or removing one
/// (SE-10).</summary>
public sealed class PasskeyStore(Database database, SecurityNotices notices, AuditLog audit)
{
    /// <summary>The maximum number per person.</summary>
    public const int MaxPerUser = 20;

    /// <summary>Adds one and notifies the owner.</summary>
    /// <param name="proof">The session that asks.</param>
    public Task<PasskeyAddition> AddAsync(
        CredentialProof proof,
        Passkey passkey,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        database.InTransactionAsync(
            async (transaction, cancel) =>
            {
                if (proof.UserId != passkey.UserId || !await CredentialVersions.HoldAsync(transaction, proof, cancel))
                    return PasskeyAddition.ProofOver;
                var count = await transaction.QuerySingleOrDefaultAsync(
                    "SELECT count(*) FROM idp.passkeys WHERE user_id = @id",
                    static row => row.GetInt64(0),
                    cancel,
                    ("id", passkey.UserId)
                );
                if (count >= MaxPerUser)
                    return PasskeyAddition.TooMany;
                var name = PasskeyName.Clean(passkey.Name);
                var added = await transaction.ExecuteAsync(
                    """
                    INSERT INTO idp.passkeys (id, user_id, credential_id, public_key, sign_count, transports,
                        is_user_verified, is_backup_eligible, is_backed_up,
                                              attestation_object, client_data_json, name)
                    VALUES (@id, @user_id, @credential, @key, @count, @transports, @verified, @eligible, @backed_up,
                        @attestation, @client_data, @name)
                    ON CONFLICT (credential_id) DO NOTHING
                    """,
                    cancel,
                    ("id", passkey.Id),
                    ("user_id", passkey.UserId),
                    ("credential", passkey.CredentialId),
                    ("key", passkey.PublicKey),
                    ("count", (long)passkey.SignCount),
                    ("transports", passkey.Transports.ToArray()),
                    ("verified", passkey.IsUserVerified),
                    ("eligible", passkey.IsBackupEligible),
                    ("backed_up", passkey.IsBackedUp),
                    ("attestation", passkey.AttestationObject),
                    ("client_data", passkey.ClientDataJson),
                    ("name", name)
                );
                if (added == 0)
                    return PasskeyAddition.Known;
                await AuditAsync(
                    transaction,
                    AuditEventTypes.PasskeyAdded,
                    passkey.UserId,
                    passkey.Id,
                    request,
                    cancel
                );
                await notices.QueueAsync(
                    transaction,
                    passkey.UserId,
                    MailKind.PasskeyAdded,
                    request,
                    cancel,
                    ("passkey", name)
                );
                return PasskeyAddition.Added;
            },
            cancellationToken
        );

    /// <summary>The passkey of a credential id, of any person; null if it is unknown or its owner may not
    /// act.</summary>
    public Task<Passkey?> FindByCredentialAsync(byte[] credentialId, CancellationToken cancellationToken) =>
        database.QuerySingleOrDefaultAsync<Passkey?>(
            $"""
            SELECT {PasskeyRow.Columns} FROM idp.passkeys WHERE credential_id = @credential
              AND EXISTS (SELECT FROM public.users u WHERE u.id = user_id AND {AccountState.MayAct})
            """,
            PasskeyRow.Read,
            cancellationToken,
            ("credential", credentialId)
        );

    /// <summary>Whether anybody has this credential, even if they may not act.</summary>
    public Task<bool> ExistsAsync(byte[] credentialId, CancellationToken cancellationToken) =>
        database.QuerySingleOrDefaultAsync(
            "SELECT EXISTS (SELECT FROM idp.passkeys WHERE credential_id = @credential)",
            static row => row.GetBoolean(0),
            cancellationToken,
            ("credential", credentialId)
        );

    /// <summary>A person's passkeys, oldest first.</summary>
    public Task<List<Passkey>> ListAsync(Guid userId, CancellationToken cancellationToken) =>
        database.QueryAsync(
            $"SELECT {PasskeyRow.Columns} FROM idp.passkeys WHERE user_id = @id ORDER BY created_at, id",
            PasskeyRow.Read,
            cancellationToken,
            ("id", userId)
        );

    /// <summary>Whether a person has any.</summary>
    public Task<bool> HasAnyAsync(Guid userId, CancellationToken cancellationToken) =>
        database.QuerySingleOrDefaultAsync(
            "SELECT EXISTS (SELECT FROM idp.passkeys WHERE user_id = @id)",
            static row => row.GetBoolean(0),
            cancellationToken,
            ("id", userId)
        );

    /// <summary> Judges and records a use after the handler has checked the signature: the reported values are stored,
    /// recorded in the audit log or refused by <see cref="PasskeySignals"/>. Of parallel uses of one answer, one is
    /// accepted. The passkey is read and written in one statement under a lock, so that a concurrent removal wins.
    /// </summary>
    public Task<PasskeyUse> NoteUseAsync(
        Guid id,
        PasskeyReport report,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        database.InTransactionAsync<PasskeyUse>(
            async (transaction, cancel) =>
            {
                var found = await transaction.QuerySingleOrDefaultAsync<(CredentialProof Owner, PasskeyReport Known)?>(
                    $"""
                    SELECT p.user_id, u.credential_version, p.sign_count, p.is_backup_eligible, p.is_backed_up
                    FROM idp.passkeys p JOIN public.users u ON u.id = p.user_id
                    WHERE p.id = @id AND {AccountState.MayAct} FOR NO KEY UPDATE OF p
                    """,
                    static row =>
                        (
                            new(row.GetGuid(0), row.GetInt64(1)),
                            new((uint)row.GetInt64(2), row.GetBoolean(3), row.GetBoolean(4))
                        ),
                    cancel,
                    ("id", id)
                );
                if (found is not var (owner, known))
                    return new PasskeyUse.Gone();
                if (PasskeySignals.Judge(known, report) is not { } noted)
                    return new PasskeyUse.CounterRanBack();
                await transaction.ExecuteAsync(
                    """
                    UPDATE idp.passkeys SET sign_count = @count, is_backup_eligible = @eligible,
                        is_backed_up = @backed_up, last_used_at = now()
                    WHERE id = @id
                    """,
                    cancel,
                    ("id", id),
                    ("count", (long)report.SignCount),
                    ("eligible", report.IsBackupEligible),
                    ("backed_up", report.IsBackedUp)
                );
                if (noted.Count > 0)
                    await audit.AppendAsync(
                        transaction,
                        new(
                            AuditEventTypes.PasskeySignal,
                            AuditStatus.Success,
                            owner.UserId,
                            request.IpAddress,
                            request.UserAgent,
                            new Dictionary<string, object?> { ["passkey_id"] = id, ["signals"] = noted }
                        ),
                        cancel
                    );
                return new PasskeyUse.Accepted(owner);
            },
            cancellationToken
        );

    /// <summary>Renames one of a person's passkeys. False if it is not theirs.</summary>
    public Task<bool> RenameAsync(
        Guid userId,
        Guid id,
        string name,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        database.InTransactionAsync(
            async (transaction, cancel) =>
            {
                if (
                    await transaction.ExecuteAsync(
                        "UPDATE idp.passkeys SET name = @name WHERE id = @id AND user_id = @user_id",
                        cancel,
                        ("id", id),
                        ("user_id", userId),
                        ("name", PasskeyName.Clean(name))
                    ) == 0
                )
                    return false;
                await AuditAsync(transaction, AuditEventTypes.PasskeyRenamed, userId, id, request, cancel);
                return true;
            },
            cancellationToken
        );

    /// <summary>Removes one of a person's passkeys and notifies the owner. False if it is not theirs, is their only way
    /// to sign in, or the proof is no longer valid.</summary>
    /// <param name="proof">The session that asks.</param>
    public Task<bool> RemoveAsync(
        CredentialProof proof,
        Guid id,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        database.InTransactionAsync(
            async (transaction, cancel) =>
            {
                if (!await CredentialVersions.HoldAsync(transaction, proof, cancel))
                    return false;
                var userId = proof.UserId;
                var name = await transaction.QuerySingleOrDefaultAsync<string?>(
                    """
                    DELETE FROM idp.passkeys p WHERE p.id = @id AND p.user_id = @user_id
                      AND (EXISTS (SELECT FROM public.users u WHERE u.id = @user_id AND u.password_hash IS NOT NULL)
                           OR EXISTS (SELECT FROM idp.external_logins e WHERE e.user_id = @user_id)
                           OR EXISTS (SELECT FROM idp.passkeys o WHERE o.user_id = @user_id AND o.id <> p.id))
                    RETURNING p.name
                    """,
                    static row => row.GetString(0),
                    cancel,
                    ("id", id),
                    ("user_id", userId)
                );
                if (name is null)
                    return false;
                await CredentialVersions.RaiseAsync(transaction, userId, cancel);
                await AuditAsync(transaction, AuditEventTypes.PasskeyRemoved, userId, id, request, cancel);
                await notices.QueueAsync(
                    transaction,
                    userId,
                    MailKind.PasskeyRemoved,
                    request,
                    cancel,
                    ("passkey", name)
                );
                return true;
            },
            cancellationToken
        );

    private Task AuditAsync(
        DatabaseTransaction transaction,
        string type,
        Guid userId,
        Guid passkey,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        audit.AppendAsync(
            transaction,
            new(
                type,
                AuditStatus.Success,
                userId,
                request.IpAddress,
                request.UserAgent,
                new Dictionary<string, object?> { ["passkey_id"] = passkey }
            ),
            cancellationToken
        );
}
