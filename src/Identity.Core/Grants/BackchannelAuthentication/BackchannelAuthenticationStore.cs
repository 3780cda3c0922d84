using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Grants.Polling;
using Identity.Core.Keys;
using Identity.Core.Primitives;
using Npgsql;

namespace Identity.Core.Grants.BackchannelAuthentication;

// BackchannelAuthentication owns requests that a client makes for a person who is not at its screen (OpenID Connect
// CIBA Core 1.0, poll mode): the person is asked on their account page, and the client polls.

/// <summary>A client's request.</summary>
/// <param name="UserId">The person; null if the hint names nobody. Such a request waits like any other until it expires
/// (EN-1).</param>
/// <param name="Hint">The client's hint in a canonical form: requests for unknown persons are counted by a keyed hash
/// of it.</param>
/// <param name="BindingMessage">Shown to the person, who compares it with what the client shows (section 7.1).</param>
/// <param name="Lifetime">How long it waits: the client's <c>requested_expiry</c>, within the provider's
/// limits.</param>
public sealed record BackchannelRequest(
    string ClientId,
    Guid? UserId,
    string Hint,
    IReadOnlyList<string> Scopes,
    string? BindingMessage,
    IReadOnlyList<string> AcrValues,
    JsonElement? AuthorizationDetails,
    TimeSpan Lifetime,
    RequestContext From
);

/// <summary>The outcome of a request (section 7.3).</summary>
public abstract record BackchannelStart
{
    private BackchannelStart() { }

    public sealed record Started(string AuthReqId, TimeSpan Lifetime, TimeSpan Interval) : BackchannelStart
    {
        /// <summary>Redacted.</summary>
        public override string ToString() => "Started";
    }

    /// <summary>The maximum number of requests of this client waits for this person, so that a client cannot wear a
    /// person down (<c>access_denied</c>).</summary>
    public sealed record TooMany : BackchannelStart;
}

/// <summary>A request that waits, as the account page shows it.</summary>
public sealed record WaitingRequest(
    Guid Id,
    string ClientId,
    IReadOnlyList<string> Scopes,
    string? BindingMessage,
    IReadOnlyList<string> AcrValues,
    JsonElement? AuthorizationDetails,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt
);

/// <summary>CIBA requests in the database.</summary>
public sealed class BackchannelAuthenticationStore(Database database, MasterKey master, AuditLog audit)
{
    /// <summary>How long a request waits by default and at most.</summary>
    public static readonly TimeSpan DefaultLifetime = TimeSpan.FromMinutes(2);
    public static readonly TimeSpan MaxLifetime = TimeSpan.FromMinutes(10);

    private const int MaxWaiting = 3;
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    private readonly byte[] _key = master.DeriveKey("backchannel_hint");
    private readonly PolledRequests _requests = new(database, audit, GrantKind.BackchannelRequest);

    /// <summary>Stores a request unless too many of this client already wait for this person.</summary>
    public Task<BackchannelStart> StartAsync(BackchannelRequest request, CancellationToken cancellationToken)
    {
        var token = OpaqueToken.Create();
        var hint = HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(request.UserId?.ToString("N") ?? request.Hint));
        var data = new RequestData(
            (int)PolledRequests.Interval.TotalSeconds,
            request.BindingMessage,
            request.AcrValues,
            request.AuthorizationDetails,
            request.UserId is null ? Convert.ToHexStringLower(hint) : null
        );
        return database.InTransactionAsync<BackchannelStart>(
            async (transaction, cancel) =>
            {
                // Parallel requests for one person, or for an unknown one, are counted one after the other.
                await transaction.ExecuteAsync(
                    "SELECT pg_advisory_xact_lock(@hint)",
                    cancel,
                    ("hint", BinaryPrimitives.ReadInt64BigEndian(hint))
                );
                var kept = await transaction.ExecuteAsync(
                    """
                    INSERT INTO idp.grants (id, kind, key_hash, user_id, client_id, scopes, data, expires_at)
                    SELECT @id, @kind, @hash, @user, @client, @scopes, @data, clock_timestamp() + @lifetime
                    WHERE (SELECT count(*) FROM idp.grants g WHERE g.user_id = @user AND g.kind = @kind
                        AND g.client_id = @client AND g.consumed_at IS NULL
                           AND g.revoked_at IS NULL AND g.expires_at > clock_timestamp()
                               AND g.data ->> 'decision' IS NULL)
                        + (SELECT count(*) FROM idp.grants g WHERE @nobody IS NOT NULL AND g.user_id IS NULL
                            AND g.kind = @kind AND g.client_id = @client
                           AND g.expires_at > clock_timestamp() AND g.expires_at < clock_timestamp() + interval '1 hour'
                               AND g.data ->> 'nobody' = @nobody) < @most
                    """,
                    cancel,
                    ("id", Guid.CreateVersion7()),
                    ("kind", GrantKind.BackchannelRequest),
                    ("hash", token.Digest),
                    ("user", SqlNull.Uuid(request.UserId)),
                    ("client", request.ClientId),
                    ("scopes", request.Scopes.ToArray()),
                    ("data", new Json(JsonSerializer.Serialize(data, Json))),
                    ("lifetime", request.Lifetime),
                    ("most", MaxWaiting),
                    ("nobody", SqlNull.Text(data.Nobody))
                );
                return kept == 1
                    ? new BackchannelStart.Started(token.Value, request.Lifetime, PolledRequests.Interval)
                    : new BackchannelStart.TooMany();
            },
            cancellationToken
        );
    }

    /// <summary>The requests that wait for a person, oldest first.</summary>
    public Task<List<WaitingRequest>> ListWaitingAsync(Guid userId, CancellationToken cancellationToken) =>
        database.QueryAsync(
            """
            SELECT g.id, g.client_id, g.scopes, g.data::text, g.created_at, g.expires_at FROM idp.grants g
            WHERE g.user_id = @user AND g.kind = @kind AND g.consumed_at IS NULL AND g.revoked_at IS NULL
                AND g.expires_at > clock_timestamp()
              AND g.data ->> 'decision' IS NULL ORDER BY g.created_at
            """,
            Read,
            cancellationToken,
            ("user", userId),
            ("kind", GrantKind.BackchannelRequest)
        );

    /// <summary>Stores an approval. False if the request is not the person's, or was decided or expired
    /// meanwhile.</summary>
    public Task<bool> ApproveAsync(Approval approval, RequestContext request, CancellationToken cancellationToken) =>
        _requests.ApproveAsync(approval, ownOnly: true, request, cancellationToken);

    /// <summary>Stores a refusal. False if the request is not the person's, or was decided or expired
    /// meanwhile.</summary>
    public Task<bool> DenyAsync(
        Guid requestId,
        Guid userId,
        RequestContext request,
        CancellationToken cancellationToken
    ) => _requests.DenyAsync(requestId, userId, ownOnly: true, request, cancellationToken);

    /// <inheritdoc cref="PolledRequests.PollAsync" />
    public Task<PollResult> PollAsync(string? authReqId, string clientId, CancellationToken cancellationToken) =>
        _requests.PollAsync(authReqId, clientId, cancellationToken);

    /// <inheritdoc cref="PolledRequests.PollAsync{T}" />
    public Task<(PollResult Result, T? Issued)> PollAsync<T>(
        string? authReqId,
        string clientId,
        Func<DatabaseTransaction, ApprovedRequest, CancellationToken, Task<T>> issue,
        CancellationToken cancellationToken
    ) => _requests.PollAsync(authReqId, clientId, issue, cancellationToken);

    private static WaitingRequest Read(NpgsqlDataReader row)
    {
        var data = JsonSerializer.Deserialize<RequestData>(row.GetString(3), Json)!;
        return new(
            row.GetGuid(0),
            row.GetString(1),
            row.GetFieldValue<string[]>(2),
            data.BindingMessage,
            data.AcrValues ?? [],
            data.AuthorizationDetails,
            row.GetFieldValue<DateTimeOffset>(4),
            row.GetFieldValue<DateTimeOffset>(5)
        );
    }

    private sealed record RequestData(
        int Interval,
        string? BindingMessage,
        IReadOnlyList<string>? AcrValues,
        JsonElement? AuthorizationDetails,
        string? Nobody
    );
}
