using Identity.Core.Data;
using Identity.Core.Primitives;
using Identity.Core.Sessions;
using Npgsql;
using NpgsqlTypes;

namespace Identity.Core.Grants;

/// <summary> Claims refresh tokens and creates their successors. Requests of the same moment share one statement and
/// one commit (docs/decisions/0020). A request that gets no row there runs a statement of its own, which waits for
/// locked rows.
/// </summary>
internal sealed class RefreshRotator
{
    private readonly Database _database;
    private readonly SessionOptions _sessions;
    private readonly GrantOptions _options;
    private readonly StatementBatch<RotationRequest, GrantRedemption.Granted> _batch;

    public RefreshRotator(Database database, SessionOptions sessions, GrantOptions options)
    {
        (_database, _sessions, _options) = (database, sessions, options);
        _batch = new(RotateManyAsync);
    }

    /// <summary>The new grant; null if there was nothing to claim.</summary>
    public async Task<GrantRedemption.Granted?> RotateAsync(
        RotationRequest request,
        CancellationToken cancellationToken
    ) =>
        (_options.BatchRefreshes ? await _batch.AskAsync(request, cancellationToken) : null)
        ?? await RotateOneAsync(request, cancellationToken);

    /// <summary>The same, in a statement of its own.</summary>
    internal Task<GrantRedemption.Granted?> RotateOneAsync(
        RotationRequest request,
        CancellationToken cancellationToken
    ) =>
        _database.QuerySingleOrDefaultAsync<GrantRedemption.Granted?>(
            RotationStatements.Rotate,
            row => request.Granted(GrantRow.Read(row).Grant),
            cancellationToken,
            ("hash", request.Presented.Digest),
            ("client", request.Rotation.ClientId),
            ("confirmation", new Json(request.Rotation.Confirmation)),
            ("binds", request.Rotation.BindsFamily),
            ("scopes", TextArray(request.Rotation.RequestedScopes?.ToArray())),
            ("idle", request.Rotation.IdleLifetime),
            ("token", request.SuccessorId),
            ("token_hash", request.Successor.Digest),
            ("successor", request.ProtectedSuccessor),
            ("ip", SqlNull.Inet(request.Rotation.Request?.IpAddress)),
            ("user_agent", SqlNull.Text(request.UserAgent)),
            ("session_idle", _sessions.IdleTimeout),
            ("audit", _options.AuditRefreshes)
        );

    /// <summary>Many in one statement that never waits for a lock.</summary>
    internal async Task<GrantRedemption.Granted?[]> RotateManyAsync(IReadOnlyList<RotationRequest> requests)
    {
        var answers = new GrantRedemption.Granted?[requests.Count];
        await _database.ForEachAsync(
            RotationStatements.RotateMany,
            row => Answer(row, requests, answers),
            CancellationToken.None,
            ("hash", Each(requests, static one => one.Presented.Digest.Value)),
            ("client", Each(requests, static one => one.Rotation.ClientId)),
            ("confirmation", JsonArray(Each(requests, static one => one.Rotation.Confirmation))),
            ("binds", Each(requests, static one => one.Rotation.BindsFamily)),
            ("scopes", TextArray(Each(requests, static one => one.Scopes))),
            ("idle", Each(requests, static one => one.Rotation.IdleLifetime)),
            ("token", Each(requests, static one => one.SuccessorId)),
            ("token_hash", Each(requests, static one => one.Successor.Digest.Value)),
            ("successor", Each(requests, static one => one.ProtectedSuccessor)),
            ("ip", InetArray(Each(requests, static one => one.Rotation.Request?.IpAddress))),
            ("user_agent", TextArray(Each(requests, static one => one.UserAgent))),
            ("session_idle", _sessions.IdleTimeout),
            ("audit", _options.AuditRefreshes)
        );
        return answers;
    }

    private static void Answer(
        NpgsqlDataReader row,
        IReadOnlyList<RotationRequest> requests,
        GrantRedemption.Granted?[] answers
    )
    {
        var (grant, next) = GrantRow.Read(row);
        var place = (int)row.GetInt64(next) - 1;
        answers[place] = requests[place].Granted(grant);
    }

    private static T[] Each<T>(IReadOnlyList<RotationRequest> requests, Func<RotationRequest, T> value)
    {
        var values = new T[requests.Count];
        for (var i = 0; i < values.Length; i++)
            values[i] = value(requests[i]);
        return values;
    }

    private static SqlArray TextArray(string?[]? values) => new(NpgsqlDbType.Text, values);

    private static SqlArray JsonArray(string?[] values) => new(NpgsqlDbType.Jsonb, values);

    private static SqlArray InetArray(System.Net.IPAddress?[] values) => new(NpgsqlDbType.Inet, values);
}

/// <summary>One rotation request with its new successor.</summary>
internal sealed record RotationRequest(
    RefreshRotation Rotation,
    OpaqueToken Presented,
    OpaqueToken Successor,
    byte[] ProtectedSuccessor
)
{
    public Guid SuccessorId { get; } = Guid.CreateVersion7();

    /// <summary>The requested scopes as one text; null for all that were granted.</summary>
    public string? Scopes => Rotation.RequestedScopes is { } scopes ? string.Join(' ', scopes) : null;

    public string? UserAgent => Audit.AuditLog.CutUserAgent(Rotation.Request?.UserAgent);

    public GrantRedemption.Granted Granted(TokenGrant grant) => new(Rotation.Narrow(grant), Successor.Value);

    /// <summary>Redacted.</summary>
    public override string ToString() => $"RotationRequest {Rotation.ClientId}";
}
