using System.Net;
using System.Security.Cryptography;
using System.Text;
using Identity.Core.Credentials;
using Npgsql;

namespace Identity.Core.Sessions;

/// <summary>Reads sessions: the columns, the condition for a live session, and the mapping. Statements use the aliases
/// <c>s</c> and <c>u</c>.</summary>
internal static class SessionRows
{
    public const string Columns = """
        s.id, s.user_id, u.email, u.email_verified, u.name, s.auth_time, s.amr, s.acr, s.step_up_at, s.created_at,
            s.last_activity_at,
        least(s.expires_at, s.last_activity_at + @idle), u.two_factor_enabled, s.client_id, s.ip_address, s.user_agent,
        now(), u.credential_version
        """;

    /// <summary>The number of these columns.</summary>
    public const int Count = 18;

    public const string Live = $"""
        s.is_active AND s.expires_at > now() AND s.last_activity_at > now() - @idle AND {AccountState.MayAct}
        """;

    /// <summary>Whether the browser is new to the person. An account older than the retention of sessions may have none
    /// left, so then no browser counts as new.</summary>
    public const string NewDevice = """
        SELECT (u.created_at < now() - @retention OR EXISTS (SELECT FROM public.sessions s WHERE s.user_id = u.id))
           AND NOT EXISTS (SELECT FROM public.sessions s WHERE s.user_id = u.id AND s.device_fingerprint = @device)
        FROM public.users u WHERE u.id = @user_id
        """;

    /// <summary>The device id is a secret of the browser, so only its digest is stored.</summary>
    public static string? Fingerprint(string? deviceId) =>
        string.IsNullOrEmpty(deviceId)
            ? null
            : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(deviceId)));

    public static ActiveSession Map(NpgsqlDataReader row) =>
        new(
            row.GetGuid(0),
            row.GetGuid(1),
            row.GetString(2),
            row.GetBoolean(3),
            row.IsDBNull(4) ? null : row.GetString(4),
            row.GetFieldValue<DateTimeOffset>(5),
            row.GetFieldValue<string[]>(6),
            row.IsDBNull(7) ? null : row.GetString(7),
            row.IsDBNull(8) ? null : row.GetFieldValue<DateTimeOffset>(8),
            row.GetFieldValue<DateTimeOffset>(9),
            row.GetFieldValue<DateTimeOffset>(10),
            row.GetFieldValue<DateTimeOffset>(11),
            row.GetBoolean(12),
            row.IsDBNull(13) ? null : row.GetString(13),
            row.IsDBNull(14) ? null : row.GetFieldValue<IPAddress>(14),
            row.IsDBNull(15) ? null : row.GetString(15),
            row.GetFieldValue<DateTimeOffset>(16),
            row.GetInt64(17)
        );
}
