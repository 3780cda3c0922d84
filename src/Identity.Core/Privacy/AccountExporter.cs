using System.Text.Json;
using System.Text.Json.Nodes;
using Identity.Core.Audit;
using Identity.Core.Data;

namespace Identity.Core.Privacy;

/// <summary>Everything that is stored about a person, as JSON, without secrets: no hash, no key, no token
/// (PR-2).</summary>
public sealed class AccountExporter(Database database, AuditLog audit)
{
    // One statement, so a consistent snapshot. Columns are listed one by one, so that a new secret column is not
    // included by accident.
    private const string Export = """
        SELECT jsonb_build_object(
            'exported_at', now(),
            'account', jsonb_build_object('id', u.id, 'email', u.email, 'email_verified', u.email_verified,
                'created_at', u.created_at, 'updated_at', u.updated_at,
                'last_login_at', u.last_login_at, 'last_login_ip', host(u.last_login_ip), 'has_password',
                    u.password_hash IS NOT NULL,
                'password_changed_at', u.password_changed_at, 'two_factor_enabled', u.two_factor_enabled),
            'profile', jsonb_strip_nulls(jsonb_build_object('name', u.name, 'given_name', u.given_name, 'family_name',
                u.family_name, 'middle_name', u.middle_name,
                'nickname', u.nickname, 'preferred_username', u.preferred_username, 'profile', u.profile, 'picture',
                    u.picture, 'website', u.website,
                'gender', u.gender, 'birthdate', u.birthdate, 'zoneinfo', u.zoneinfo, 'locale', u.locale,
                    'phone_number', u.phone_number,
                'phone_number_verified', u.phone_number_verified, 'address', u.address)),
            'sessions', coalesce((SELECT jsonb_agg(jsonb_build_object('id', s.id, 'created_at', s.created_at,
                'last_activity_at', s.last_activity_at,
                'expires_at', s.expires_at, 'is_active', s.is_active, 'ended_at', s.revoked_at, 'end_reason',
                    s.revoked_reason, 'ip_address', host(s.ip_address),
                'user_agent', s.user_agent, 'signed_in_with', s.amr, 'client_id', s.client_id) ORDER BY s.created_at)
                FROM public.sessions s WHERE s.user_id = u.id), '[]'),
            'connected_apps', coalesce((SELECT jsonb_agg(jsonb_build_object('client_id', g.client_id, 'scopes',
                g.scopes, 'since', g.created_at) ORDER BY g.created_at)
                FROM idp.grants g WHERE g.user_id = u.id AND g.kind = 'consent' AND g.revoked_at IS NULL), '[]'),
            'passkeys', coalesce((SELECT jsonb_agg(jsonb_build_object('name', p.name, 'created_at', p.created_at,
                'last_used_at', p.last_used_at) ORDER BY p.created_at)
                FROM idp.passkeys p WHERE p.user_id = u.id), '[]'),
            'personal_access_tokens', coalesce((SELECT jsonb_agg(jsonb_build_object('name', p.name, 'scopes', p.scopes,
                'created_at', p.created_at, 'expires_at', p.expires_at, 'last_used_at', p.last_used_at)
                ORDER BY p.created_at) FROM idp.personal_access_tokens p WHERE p.user_id = u.id), '[]'),
            'recovery_codes_left', (SELECT count(*) FROM idp.recovery_codes c WHERE c.user_id = u.id
                AND c.used_at IS NULL),
            'trusted_devices', coalesce((SELECT jsonb_agg(jsonb_build_object('user_agent', d.user_agent, 'ip_address',
                host(d.ip_address), 'created_at', d.created_at,
                'last_used_at', d.last_used_at, 'expires_at', d.expires_at) ORDER BY d.created_at)
                FROM idp.trusted_devices d WHERE d.user_id = u.id AND d.revoked_at IS NULL
                    AND d.expires_at > now()), '[]'),
            'external_logins', coalesce((SELECT jsonb_agg(jsonb_build_object('provider', e.provider, 'subject',
                e.subject, 'display_name', e.display_name,
                'created_at', e.created_at, 'last_used_at', e.last_used_at) ORDER BY e.provider)
                    FROM idp.external_logins e WHERE e.user_id = u.id), '[]'),
            'roles', coalesce((SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('name', r.name, 'client_id',
                r.client_id, 'since', h.created_at)) ORDER BY r.name, r.client_id)
                FROM idp.user_roles h JOIN idp.roles r ON r.id = h.role_id WHERE h.user_id = u.id), '[]'),
            'groups', coalesce((SELECT jsonb_agg(jsonb_build_object('name', g.name, 'since', m.created_at)
                ORDER BY g.name)
                FROM idp.user_groups m JOIN idp.groups g ON g.id = m.group_id WHERE m.user_id = u.id), '[]'),
            'attributes', coalesce((SELECT jsonb_object_agg(a.name, a.value ORDER BY a.name)
                FROM idp.user_attributes a WHERE a.user_id = u.id), '{}'),
            'mails', coalesce((SELECT jsonb_agg(jsonb_build_object('kind', m.kind, 'state', m.state, 'created_at',
                m.created_at, 'sent_at', m.sent_at) ORDER BY m.created_at)
                FROM idp.mail_outbox m WHERE m.user_id = u.id), '[]'),
            'activity', coalesce((SELECT jsonb_agg(jsonb_build_object('event', a.event_type, 'status', a.event_status,
                'at', a.created_at, 'ip_address', host(a.ip_address),
                'user_agent', a.user_agent) ORDER BY a.created_at)
                FROM (SELECT * FROM public.audit_logs l WHERE l.user_id = u.id ORDER BY l.created_at DESC
                    LIMIT 10000) a), '[]'))::text
        FROM public.users u WHERE u.id = @id AND u.deleted_at IS NULL
        """;

    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true };

    /// <summary>The copy; null if there is no such account. The caller must have done a step-up.</summary>
    public async Task<string?> ExportAsync(Guid userId, RequestContext request, CancellationToken cancellationToken)
    {
        if (await ReadAsync(database, userId, cancellationToken) is not { } json)
            return null;
        await audit.AppendAsync(
            new(AuditEventTypes.DataExported, AuditStatus.Success, userId, request.IpAddress, request.UserAgent, null),
            cancellationToken
        );
        return json;
    }

    /// <summary>The same without an audit row, for actions that write their own.</summary>
    internal static async Task<string?> ReadAsync(
        SqlSession session,
        Guid userId,
        CancellationToken cancellationToken
    ) =>
        await session.QuerySingleOrDefaultAsync<string?>(
            Export,
            static row => row.GetString(0),
            cancellationToken,
            ("id", userId)
        )
            is { } json
            ? JsonNode.Parse(json)!.ToJsonString(Readable)
            : null;
}
