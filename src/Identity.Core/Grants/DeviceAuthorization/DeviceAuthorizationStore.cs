using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Grants.Polling;
using Identity.Core.Keys;
using Identity.Core.Primitives;
using Identity.Core.Throttling;
using Npgsql;

namespace Identity.Core.Grants.DeviceAuthorization;

// DeviceAuthorization owns requests of devices without a keyboard (RFC 8628): the code that the device holds, the code
// that the person types, and the decision.

/// <summary>A device's request and its origin.</summary>
/// <param name="Lifetime">The lifetime of both codes by the client's registration; null for <see
/// cref="DeviceAuthorizationStore.DefaultLifetime"/>.</param>
public sealed record DeviceRequest(
    string ClientId,
    IReadOnlyList<string> Scopes,
    IReadOnlyList<string> Resources,
    JsonElement? AuthorizationDetails,
    RequestContext From,
    TimeSpan? Lifetime = null
);

/// <summary>The answer to the device (RFC 8628 section 3.2).</summary>
public sealed record DeviceCodes(string DeviceCode, UserCode UserCode, TimeSpan Lifetime, TimeSpan Interval)
{
    /// <summary>Redacted.</summary>
    public override string ToString() => "DeviceCodes(redacted)";
}

/// <summary>A pending request as the page shows it: client, scopes and origin (DV-2).</summary>
public sealed record WaitingDevice(
    Guid Id,
    string ClientId,
    IReadOnlyList<string> Scopes,
    IReadOnlyList<string> Resources,
    JsonElement? AuthorizationDetails,
    IPAddress? IpAddress,
    string? UserAgent,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt
);

/// <summary>The outcome of a typed user code.</summary>
public abstract record UserCodeLookup
{
    private UserCodeLookup() { }

    public sealed record Found(WaitingDevice Device) : UserCodeLookup;

    /// <summary>No request waits for this code: it was mistyped, used or has expired.</summary>
    public sealed record NotFound : UserCodeLookup;

    /// <summary>Too many wrong codes from this person or address (DV-1).</summary>
    public sealed record Throttled(TimeSpan RetryAfter) : UserCodeLookup;
}

/// <summary>Device grants in the database. The device code is stored as SHA-256, the user code as a keyed hash: it is
/// too short for a plain hash.</summary>
public sealed class DeviceAuthorizationStore(
    Database database,
    MasterKey master,
    AttemptLimiter limiter,
    AuditLog audit
)
{
    /// <summary>The default lifetime of both codes, and of a page that has found a code.</summary>
    public static readonly TimeSpan DefaultLifetime = TimeSpan.FromMinutes(10);

    private static readonly AttemptLimit WrongCodes = new(10, TimeSpan.FromMinutes(30), TimeSpan.FromMinutes(30));
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    private readonly byte[] _key = master.DeriveKey("device_user_code");
    private readonly PolledRequests _requests = new(database, audit, GrantKind.DeviceCode);

    /// <summary>Stores a request and returns its codes.</summary>
    public async Task<DeviceCodes> IssueAsync(DeviceRequest request, CancellationToken cancellationToken)
    {
        var device = OpaqueToken.Create();
        var lifetime = request.Lifetime ?? DefaultLifetime;
        while (true)
        {
            var user = UserCode.Create();
            var data = new DeviceData(
                (int)PolledRequests.Interval.TotalSeconds,
                Hash(user),
                request.From.IpAddress?.ToString(),
                AuditLog.CutUserAgent(request.From.UserAgent),
                request.Resources,
                request.AuthorizationDetails
            );
            // In rare cases another live request has the same user code; then a new one is drawn.
            var kept = await database.ExecuteAsync(
                """
                INSERT INTO idp.grants (id, kind, key_hash, client_id, scopes, data, expires_at)
                VALUES (@id, @kind, @hash, @client, @scopes, @data, clock_timestamp() + @lifetime)
                    ON CONFLICT ((data ->> 'user_code')) WHERE kind = 'device_code' DO NOTHING
                """,
                cancellationToken,
                ("id", Guid.CreateVersion7()),
                ("kind", GrantKind.DeviceCode),
                ("hash", device.Digest),
                ("client", request.ClientId),
                ("scopes", request.Scopes.ToArray()),
                ("data", new Json(JsonSerializer.Serialize(data, Json))),
                ("lifetime", lifetime)
            );
            if (kept == 1)
                return new(device.Value, user, lifetime, PolledRequests.Interval);
        }
    }

    /// <summary>The request behind a typed code. A wrong code counts against the person and the address; a right one
    /// does not count and clears nothing (BF-4).</summary>
    public async Task<UserCodeLookup> FindAsync(
        string? typed,
        Guid userId,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        var ofPerson = await limiter.BeginAsync(
            limiter.Key("device_user_code", userId.ToString("N")),
            WrongCodes,
            cancellationToken
        );
        if (ofPerson is not AttemptStart.Granted { Attempt: var granted })
            return new UserCodeLookup.Throttled(((AttemptStart.Refused)ofPerson).RetryAfter);
        await using var person = granted;
        var ofAddress = await limiter.BeginAsync(
            limiter.Key("device_user_code_address", request.IpAddress),
            WrongCodes,
            cancellationToken
        );
        if (ofAddress is not AttemptStart.Granted { Attempt: var also })
            return new UserCodeLookup.Throttled(((AttemptStart.Refused)ofAddress).RetryAfter);
        await using var address = also;

        // Completed even if the request is aborted: disposing the attempt releases it for a right code.
        if (UserCode.Parse(typed) is { } code && await WaitingAsync(code, CancellationToken.None) is { } device)
            return new UserCodeLookup.Found(device);
        await FailAsync([person, address], userId, request);
        return new UserCodeLookup.NotFound();
    }

    private Task FailAsync(Attempt[] attempts, Guid userId, RequestContext request) =>
        database.InTransactionAsync(
            async (transaction, cancel) =>
            {
                var startedLock = false;
                foreach (var attempt in attempts)
                    startedLock |= (await attempt.FailAsync(transaction)).StartedLock;
                if (startedLock)
                    await audit.AppendAsync(transaction, LockEvent(userId, request), cancel);
            },
            CancellationToken.None
        );

    private static AuditEvent LockEvent(Guid userId, RequestContext request) =>
        new(
            AuditEventTypes.AttemptsPaused,
            AuditStatus.Success,
            userId,
            request.IpAddress,
            request.UserAgent,
            new Dictionary<string, object?>
            {
                ["method"] = "device_user_code",
                ["minutes"] = WrongCodes.Lock.TotalMinutes.ToString(CultureInfo.InvariantCulture),
            }
        );

    /// <summary>The request by its id, which the page's form carries after the code was typed; null if it was decided
    /// or has expired.</summary>
    public Task<WaitingDevice?> FindWaitingAsync(Guid id, CancellationToken cancellationToken) =>
        database.QuerySingleOrDefaultAsync<WaitingDevice?>(
            Select + " AND g.id = @id",
            Read,
            cancellationToken,
            ("id", id)
        );

    /// <inheritdoc cref="PolledRequests.ApproveAsync" />
    public Task<bool> ApproveAsync(Approval approval, RequestContext request, CancellationToken cancellationToken) =>
        _requests.ApproveAsync(approval, ownOnly: false, request, cancellationToken);

    /// <inheritdoc cref="PolledRequests.DenyAsync" />
    public Task<bool> DenyAsync(
        Guid requestId,
        Guid userId,
        RequestContext request,
        CancellationToken cancellationToken
    ) => _requests.DenyAsync(requestId, userId, ownOnly: false, request, cancellationToken);

    /// <inheritdoc cref="PolledRequests.PollAsync" />
    public Task<PollResult> PollAsync(string? deviceCode, string clientId, CancellationToken cancellationToken) =>
        _requests.PollAsync(deviceCode, clientId, cancellationToken);

    /// <inheritdoc cref="PolledRequests.PollAsync{T}" />
    public Task<(PollResult Result, T? Issued)> PollAsync<T>(
        string? deviceCode,
        string clientId,
        Func<DatabaseTransaction, ApprovedRequest, CancellationToken, Task<T>> issue,
        CancellationToken cancellationToken
    ) => _requests.PollAsync(deviceCode, clientId, issue, cancellationToken);

    private const string Select = """
        SELECT g.id, g.client_id, g.scopes, g.data::text, g.created_at, g.expires_at FROM idp.grants g
        WHERE g.kind = 'device_code' AND g.consumed_at IS NULL AND g.revoked_at IS NULL
            AND g.expires_at > clock_timestamp() AND g.data ->> 'decision' IS NULL
        """;

    private Task<WaitingDevice?> WaitingAsync(UserCode code, CancellationToken cancellationToken) =>
        database.QuerySingleOrDefaultAsync<WaitingDevice?>(
            Select + " AND g.data ->> 'user_code' = @code",
            Read,
            cancellationToken,
            ("code", Hash(code))
        );

    private string Hash(UserCode code) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(_key, Encoding.ASCII.GetBytes(code.Value)));

    private static WaitingDevice Read(NpgsqlDataReader row)
    {
        var data = JsonSerializer.Deserialize<DeviceData>(row.GetString(3), Json)!;
        return new(
            row.GetGuid(0),
            row.GetString(1),
            row.GetFieldValue<string[]>(2),
            data.Resources ?? [],
            data.AuthorizationDetails,
            IPAddress.TryParse(data.Ip, out var ip) ? ip : null,
            data.UserAgent,
            row.GetFieldValue<DateTimeOffset>(4),
            row.GetFieldValue<DateTimeOffset>(5)
        );
    }

    private sealed record DeviceData(
        int Interval,
        string UserCode,
        string? Ip,
        string? UserAgent,
        IReadOnlyList<string>? Resources,
        JsonElement? AuthorizationDetails
    );
}
