using Identity.Core.Audit;
using Identity.Core.Credentials;
using Identity.Core.Data;
using Identity.Core.Primitives;
using Npgsql;

namespace Identity.Core.Grants.Polling;

/// <summary>Pending requests in <c>idp.grants</c>. Every step is one conditional statement by the database's clock
/// (DB-1, DB-5).</summary>
internal sealed class PolledRequests(Database database, AuditLog audit, string kind)
{
    /// <summary>The polling interval that clients receive (RFC 8628 section 3.2).</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    // A poll half a second early is due to network jitter, not to the client.
    private const string TooEarly =
        "g.data ->> 'polled_at' IS NOT NULL AND extract(epoch FROM clock_timestamp()) < (g.data ->> "
        + "'polled_at')::numeric + (g.data ->> 'interval')::numeric - 0.5";

    // One statement on one row: a parallel poll waits for it and is judged by its result, so an approval is returned
    // once.
    private const string PollStatement = $"""
        UPDATE idp.grants g SET
            data = g.data || jsonb_build_object(
                'polled_at', extract(epoch FROM clock_timestamp()),
                'interval', (g.data ->> 'interval')::integer + CASE WHEN g.data ->> 'decision' IS NULL AND {TooEarly}
                    AND (g.data ->> 'interval')::integer < 300 THEN 5 ELSE 0 END,
                'answer', CASE
                    WHEN g.consumed_at IS NOT NULL THEN 'unknown'
                    WHEN g.revoked_at IS NOT NULL THEN 'denied'
                    WHEN g.expires_at <= clock_timestamp() THEN 'expired'
                    WHEN g.data ->> 'decision' IS NOT NULL THEN g.data ->> 'decision'
                    WHEN {TooEarly} THEN 'slow_down'
                    ELSE 'pending' END),
            consumed_at = CASE WHEN g.consumed_at IS NULL AND g.revoked_at IS NULL AND g.expires_at > clock_timestamp()
                AND g.data ->> 'decision' IS NOT NULL
                               THEN clock_timestamp() ELSE g.consumed_at END
        WHERE g.kind = @kind AND g.key_hash = @hash AND g.client_id = @client
        RETURNING g.data ->> 'answer', (g.data ->> 'interval')::integer, g.id, g.user_id, g.session_id, g.client_id,
            g.scopes, g.data ->> 'details'
        """;

    /// <summary>Judges a poll of the client that holds <paramref name="code"/>.</summary>
    public async Task<PollResult> PollAsync(string? code, string clientId, CancellationToken cancellationToken)
    {
        if (!OpaqueToken.TryParse(code, out var token))
            return new PollResult.Unknown();
        return await database.QuerySingleOrDefaultAsync(
                PollStatement,
                Read,
                cancellationToken,
                ("kind", kind),
                ("hash", token.Digest),
                ("client", clientId)
            ) ?? new PollResult.Unknown();
    }

    /// <summary> The same, with the tokens of an approved request created in one transaction. If that fails, the
    /// request is not consumed, and the next poll gets the tokens.
    /// </summary>
    public Task<(PollResult Result, T? Issued)> PollAsync<T>(
        string? code,
        string clientId,
        Func<DatabaseTransaction, ApprovedRequest, CancellationToken, Task<T>> issue,
        CancellationToken cancellationToken
    )
    {
        if (!OpaqueToken.TryParse(code, out var token))
            return Task.FromResult<(PollResult, T?)>((new PollResult.Unknown(), default));
        return database.InTransactionAsync<(PollResult, T?)>(
            async (transaction, cancel) =>
            {
                var result =
                    await transaction.QuerySingleOrDefaultAsync(
                        PollStatement,
                        Read,
                        cancel,
                        ("kind", kind),
                        ("hash", token.Digest),
                        ("client", clientId)
                    ) ?? new PollResult.Unknown();
                return (
                    result,
                    result is PollResult.Approved approved
                        ? await issue(transaction, approved.Request, cancel)
                        : default
                );
            },
            cancellationToken
        );
    }

    /// <summary>Stores an approval. False if the request was decided, revoked or expired meanwhile.</summary>
    /// <param name="ownOnly">Whether the request must have been made for this person, as in CIBA.</param>
    public Task<bool> ApproveAsync(
        Approval approval,
        bool ownOnly,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        database.InTransactionAsync(
            async (transaction, cancel) =>
            {
                if (!await CredentialVersions.HoldAsync(transaction, approval.Credential, cancel))
                    return false;
                var client = await transaction.QuerySingleOrDefaultAsync(
                    """
                    UPDATE idp.grants g SET user_id = @user, session_id = @session, scopes = @scopes,
                        data = g.data || jsonb_build_object('decision', 'approved', 'details', @details::text)
                    WHERE g.id = @id AND g.kind = @kind AND g.consumed_at IS NULL AND g.revoked_at IS NULL
                        AND g.expires_at > clock_timestamp()
                      AND g.data ->> 'decision' IS NULL AND (NOT @own OR g.user_id = @user) AND @scopes <@ g.scopes
                    RETURNING g.client_id
                    """,
                    static row => row.GetString(0),
                    cancel,
                    ("id", approval.RequestId),
                    ("kind", kind),
                    ("user", approval.UserId),
                    ("session", approval.SessionId),
                    ("scopes", approval.Scopes.ToArray()),
                    ("details", approval.Details.ToJson()),
                    ("own", ownOnly)
                );
                if (client is null)
                    return false;
                await audit.AppendAsync(
                    transaction,
                    Event(
                        AuditEventTypes.ConsentGranted,
                        AuditStatus.Success,
                        approval.UserId,
                        request,
                        client,
                        approval.Scopes
                    ),
                    cancel
                );
                return true;
            },
            cancellationToken
        );

    /// <summary>Stores a refusal. False if the request was decided or expired meanwhile.</summary>
    public Task<bool> DenyAsync(
        Guid requestId,
        Guid userId,
        bool ownOnly,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        database.InTransactionAsync(
            async (transaction, cancel) =>
            {
                var client = await transaction.QuerySingleOrDefaultAsync(
                    """
                    UPDATE idp.grants g SET data = g.data || '{"decision": "denied"}'
                    WHERE g.id = @id AND g.kind = @kind AND g.consumed_at IS NULL AND g.revoked_at IS NULL
                        AND g.expires_at > clock_timestamp()
                      AND g.data ->> 'decision' IS NULL AND (NOT @own OR g.user_id = @user)
                    RETURNING g.client_id
                    """,
                    static row => row.GetString(0),
                    cancel,
                    ("id", requestId),
                    ("kind", kind),
                    ("user", userId),
                    ("own", ownOnly)
                );
                if (client is null)
                    return false;
                await audit.AppendAsync(
                    transaction,
                    Event(AuditEventTypes.ConsentDenied, AuditStatus.Failure, userId, request, client, []),
                    cancel
                );
                return true;
            },
            cancellationToken
        );

    private AuditEvent Event(
        string type,
        AuditStatus status,
        Guid userId,
        RequestContext request,
        string client,
        IReadOnlyList<string> scopes
    ) =>
        new(
            type,
            status,
            userId,
            request.IpAddress,
            request.UserAgent,
            new Dictionary<string, object?>
            {
                ["client_id"] = client,
                ["by"] = kind,
                ["scopes"] = scopes,
            }
        );

    private static PollResult Read(NpgsqlDataReader row) =>
        row.GetString(0) switch
        {
            "approved" => new PollResult.Approved(
                new(
                    row.GetGuid(2),
                    row.GetGuid(3),
                    row.GetGuid(4),
                    row.GetString(5),
                    row.GetFieldValue<string[]>(6),
                    GrantDetails.FromJson(row.GetString(7))
                )
            ),
            "pending" => new PollResult.Pending(),
            "slow_down" => new PollResult.SlowDown(TimeSpan.FromSeconds(row.GetInt32(1))),
            "denied" => new PollResult.Denied(),
            "expired" => new PollResult.Expired(),
            _ => new PollResult.Unknown(),
        };
}
