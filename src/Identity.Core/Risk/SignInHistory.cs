using System.Net;
using System.Net.Sockets;
using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Sessions;

namespace Identity.Core.Risk;

/// <summary>The stored sign-ins of a person and failures of an address, read by one statement.</summary>
/// <param name="IsNewDevice">The account has been used before, but not with this browser.</param>
/// <param name="FailingAccounts">Other accounts whose sign-ins failed from the address within an hour.</param>
/// <param name="ReadAt">The database's clock.</param>
/// <param name="Visits">The addresses from which the person signed in within 90 days, with the time of the last
/// sign-in; the latest first.</param>
internal sealed record SignInHistory(
    bool IsNewDevice,
    int FailingAccounts,
    DateTimeOffset ReadAt,
    IReadOnlyList<SignInVisit> Visits
)
{
    // Both parts use an index and have a limit, so that neither a person with thousands of sessions nor an address with
    // thousands of failures makes it slow.
    private const string Sql = $"""
        WITH facts AS (
            SELECT ({SessionRows.NewDevice}) AS is_new,
                (SELECT count(DISTINCT f.account)::integer FROM (
                    SELECT coalesce(l.user_id::text, l.details ->> 'account_hash') AS account FROM public.audit_logs l
                    WHERE l.ip_address BETWEEN @first AND @last AND l.created_at > now() - interval '1 hour'
                      AND l.event_type = 'login' AND l.event_status IN ('failure', 'blocked')
                      AND l.user_id IS DISTINCT FROM @user_id
                    LIMIT 1000) f) AS failing)
        SELECT facts.is_new, facts.failing, now(), v.ip_address, v.last_at
        FROM facts LEFT JOIN LATERAL (
            SELECT r.ip_address, max(r.auth_time) AS last_at FROM (
                SELECT s.ip_address, s.auth_time FROM public.sessions s
                WHERE s.user_id = @user_id AND s.client_id IS NULL AND s.ip_address IS NOT NULL
                  AND s.auth_time > now() - interval '90 days'
                ORDER BY s.auth_time DESC LIMIT 1000) r
            GROUP BY r.ip_address) v ON true
        ORDER BY v.last_at DESC NULLS LAST
        """;

    public static async Task<SignInHistory> ReadAsync(
        Database database,
        Guid userId,
        RequestContext request,
        TimeSpan retention,
        CancellationToken cancellationToken
    )
    {
        var (first, last) = RangeOf(request.IpAddress);
        var rows = await database.QueryAsync(
            Sql,
            static row =>
                (
                    IsNew: !row.IsDBNull(0) && row.GetBoolean(0),
                    Failing: row.GetInt32(1),
                    Now: row.GetFieldValue<DateTimeOffset>(2),
                    Visit: row.IsDBNull(3)
                        ? null
                        : new SignInVisit(row.GetFieldValue<IPAddress>(3), row.GetFieldValue<DateTimeOffset>(4))
                ),
            cancellationToken,
            ("user_id", userId),
            ("device", SqlNull.Text(SessionRows.Fingerprint(request.DeviceId))),
            ("retention", retention),
            ("first", SqlNull.Inet(first)),
            ("last", SqlNull.Inet(last))
        );
        return new(
            rows[0].IsNew,
            rows[0].Failing,
            rows[0].Now,
            [.. rows.Select(static row => row.Visit).OfType<SignInVisit>()]
        );
    }

    // One customer usually has one IPv4 address or one IPv6 network of 64 bits.
    private static (IPAddress? First, IPAddress? Last) RangeOf(IPAddress? address)
    {
        if (address is null)
            return (null, null);
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        if (plain.AddressFamily == AddressFamily.InterNetwork)
            return (plain, plain);
        var (low, high) = (plain.GetAddressBytes(), plain.GetAddressBytes());
        low.AsSpan(8).Clear();
        high.AsSpan(8).Fill(0xFF);
        return (new(low), new(high));
    }
}

/// <summary>An address from which a person signed in, and the time of the last sign-in.</summary>
internal sealed record SignInVisit(IPAddress Address, DateTimeOffset At);
