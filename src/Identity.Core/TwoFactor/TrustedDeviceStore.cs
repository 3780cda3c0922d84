using System.Net;
using Identity.Core.Audit;
using Identity.Core.Credentials;
using Identity.Core.Data;
using Identity.Core.Primitives;

namespace Identity.Core.TwoFactor;

/// <summary>A browser that is not asked for a second factor.</summary>
/// <param name="IsThis">Whether it is the current browser.</param>
public sealed record TrustedDevice(
    Guid Id,
    string? UserAgent,
    IPAddress? IpAddress,
    DateTimeOffset CreatedAt,
    DateTimeOffset LastUsedAt,
    DateTimeOffset ExpiresAt,
    bool IsThis = false
)
{
    /// <summary>Its name for the person.</summary>
    public DeviceName Name => DeviceName.Of(UserAgent);
}

/// <summary>Browsers that a person chose to trust for 30 days, only after a second factor (MF-7). A change of the
/// password or the second factor removes them all.</summary>
public sealed class TrustedDeviceStore(Database database, AuditLog audit)
{
    private const string Live = "revoked_at IS NULL AND expires_at > now()";

    /// <summary>Trusts this browser. The token is for a cookie of its own.</summary>
    /// <param name="former">The current value of the cookie, so that a browser is listed once, however often it is
    /// trusted.</param>
    /// <returns>Null if the proof is no longer valid.</returns>
    public async Task<OpaqueToken?> TrustAsync(
        CredentialProof proof,
        OpaqueToken? former,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        var token = OpaqueToken.Create();
        return await database.InTransactionAsync(
            async (transaction, cancel) =>
            {
                if (!await CredentialVersions.HoldAsync(transaction, proof, cancel))
                    return null;
                (string, object?)[] values =
                [
                    ("id", Guid.CreateVersion7()),
                    ("user_id", proof.UserId),
                    ("hash", token.Digest),
                    ("former", former?.Digest ?? token.Digest),
                    ("user_agent", SqlNull.Text(AuditLog.CutUserAgent(request.UserAgent))),
                    ("ip", SqlNull.Inet(request.IpAddress)),
                ];
                var renewed = await transaction.ExecuteAsync(
                    $"""
                    UPDATE idp.trusted_devices SET token_hash = @hash, user_agent = @user_agent, ip_address = @ip,
                        last_used_at = now(), expires_at = now() + interval '30 days'
                    WHERE user_id = @user_id AND token_hash = @former AND {Live}
                    """,
                    cancel,
                    values[1..]
                );
                if (renewed == 0)
                    await transaction.ExecuteAsync(
                        """
                        INSERT INTO idp.trusted_devices (id, user_id, token_hash, user_agent, ip_address)
                            VALUES (@id, @user_id, @hash, @user_agent, @ip)
                        """,
                        cancel,
                        [.. values[..3], .. values[4..]]
                    );
                await AuditAsync(transaction, AuditEventTypes.TrustedDeviceAdded, proof.UserId, request, cancel);
                return token;
            },
            cancellationToken
        );
    }

    /// <summary>Whether this browser is trusted for this person. Records the use.</summary>
    public async Task<bool> IsTrustedAsync(Guid userId, OpaqueToken token, CancellationToken cancellationToken) =>
        await database.ExecuteAsync(
            "UPDATE idp.trusted_devices SET last_used_at = now() WHERE user_id = @id AND token_hash = @hash "
                + $"AND {Live}",
            cancellationToken,
            ("id", userId),
            ("hash", token.Digest)
        ) == 1;

    /// <summary>The trusted browsers of a person, last used first.</summary>
    /// <param name="own">The value of the current browser's cookie.</param>
    public Task<List<TrustedDevice>> ListAsync(Guid userId, OpaqueToken? own, CancellationToken cancellationToken) =>
        database.QueryAsync(
            $"""
            SELECT id, user_agent, ip_address, created_at, last_used_at, expires_at, coalesce(token_hash = @own, false)
            FROM idp.trusted_devices WHERE user_id = @id AND {Live} ORDER BY last_used_at DESC, id
            """,
            static row => new TrustedDevice(
                row.GetGuid(0),
                row.IsDBNull(1) ? null : row.GetString(1),
                row.IsDBNull(2) ? null : row.GetFieldValue<IPAddress>(2),
                row.GetFieldValue<DateTimeOffset>(3),
                row.GetFieldValue<DateTimeOffset>(4),
                row.GetFieldValue<DateTimeOffset>(5),
                row.GetBoolean(6)
            ),
            cancellationToken,
            ("id", userId),
            ("own", own is null ? SqlNull.Bytes(null) : own.Digest.Value)
        );

    /// <summary>Removes one of a person's browsers; false if it was not theirs or already removed.</summary>
    public Task<bool> RevokeAsync(Guid userId, Guid id, RequestContext request, CancellationToken cancellationToken) =>
        RevokeAsync("AND id = @id", userId, id, request, cancellationToken);

    /// <summary>Removes all of them.</summary>
    public Task<bool> RevokeAllAsync(Guid userId, RequestContext request, CancellationToken cancellationToken) =>
        RevokeAsync("AND @id IS NOT NULL", userId, Guid.Empty, request, cancellationToken);

    private Task<bool> RevokeAsync(
        string which,
        Guid userId,
        Guid id,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        database.InTransactionAsync(
            async (transaction, cancel) =>
            {
                // A pending sign-in in the removed browser needs its second factor again.
                await CredentialVersions.RaiseAsync(transaction, userId, cancel);
                var revoked = await transaction.ExecuteAsync(
                    $"UPDATE idp.trusted_devices SET revoked_at = now() WHERE user_id = @user_id {which} AND {Live}",
                    cancel,
                    ("user_id", userId),
                    ("id", id)
                );
                if (revoked > 0)
                    await AuditAsync(transaction, AuditEventTypes.TrustedDeviceRemoved, userId, request, cancel);
                return revoked > 0;
            },
            cancellationToken
        );

    private Task AuditAsync(
        DatabaseTransaction transaction,
        string type,
        Guid userId,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        audit.AppendAsync(
            transaction,
            new(type, AuditStatus.Success, userId, request.IpAddress, request.UserAgent, null),
            cancellationToken
        );
}
