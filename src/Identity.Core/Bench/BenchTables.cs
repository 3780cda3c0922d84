namespace Identity.Core.Bench;

/// <summary>One table of a fill: rows <c>@from</c> to <c>@to</c> of <see cref="Count"/>, each a function of its number
/// alone, so that a measurement knows which answer is right.</summary>
internal sealed record BenchRows(string Step, Func<BenchSize, long> Count, int Chunk, string Sql);

/// <summary> The data of a provider of this size: three in ten sessions are active in a browser, one is held by a
/// client for offline access, the others ended within the last eighty days in various ways; families of four
/// generations, of which the newest is live if its session is; four months of events, most of them refreshes.
/// </summary>
internal static class BenchTables
{
    // Ids are ordered by time as the application makes them, so that they fill their index from one end.
    private const string SessionId =
        "(lpad(to_hex(1780000000000 + n), 12, '0') || '7' || substr(md5('s' || n), 1, 3) || '8' "
        + "|| substr(md5('s' || n), 4, 15))::uuid";

    private const string FamilyId =
        "(lpad(to_hex(1780000000000 + f), 12, '0') || '7' || substr(md5('f' || f), 1, 3) || '9' "
        + "|| substr(md5('f' || f), 4, 15))::uuid";

    private const string Details = """'{"auth_time":1780000000,"amr":["pwd"]}'""";

    private const string UserOf = "md5('u' || (n % @users + 1))::uuid";

    private const string Agent = "'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/138.0 Safari/537.36'";

    public static IReadOnlyList<BenchRows> All { get; } =
    [
        new(
            "users",
            static size => size.Users,
            25_000,
            """
            INSERT INTO public.users (id, email, email_verified, password_hash, password_changed_at, name, given_name,
                family_name, last_login_at, last_login_ip, created_at)
            SELECT md5('u' || n)::uuid, 'person' || n || '@example' || n % 50 || '.test', n % 10 <> 0,
                '$2b$12$' || md5(n::text) || substr(md5('x' || n), 1, 21), now(), given || ' ' || family, given, family,
                now() - n % 2592000 * interval '1 second', ('10.' || n % 200 || '.' || n % 250 || '.7')::inet,
                now() - n % 60000000 * interval '1 second'
            FROM (SELECT n, CASE WHEN n % 20011 = 7 THEN 'Ada' ELSE (ARRAY['Mary', 'Ibrahim', 'Chen', 'Olga', 'Luis',
                'Priya',
                'Jean', 'Fatima'])[n % 8 + 1] END AS given, 'F' || substr(md5('f' || n), 1, 7) AS family
                FROM generate_series(@from, @to) n) people
            """
        ),
        new(
            "sessions",
            static size => size.Sessions,
            50_000,
            $"""
            INSERT INTO public.sessions (id, user_id, token_hash, ip_address, user_agent, device_fingerprint, client_id,
                is_active, created_at, last_activity_at, expires_at, revoked_at, revoked_reason, auth_time, amr, acr)
            SELECT {SessionId}, {UserOf}, sha256(convert_to('s' || n, 'UTF8')),
                ('10.' || n % 200 || '.' || n % 250 || '.7')::inet, {Agent},
                CASE WHEN kind <> 3 THEN md5('d' || n) || md5('e' || n) END, CASE WHEN kind = 3 THEN 'app' END, kind
                    <= 3,
                began, CASE WHEN kind <= 3 THEN now() - n % 3600 * interval '1 second' ELSE began + interval
                    '3 hours' END,
                CASE WHEN kind <= 3 THEN now() + interval '30 days' ELSE began + interval '1 day' END,
                CASE WHEN kind > 3 THEN began + interval '5 hours' END,
                CASE WHEN kind > 3 THEN (ARRAY['expired', 'logout', 'expired', 'revoked'])[kind % 4 + 1] END,
                began, ARRAY['pwd'], '1'
            FROM (SELECT n, n / 7 % 10 AS kind, now() - CASE WHEN n / 7 % 10 <= 3 THEN n % 72000 * interval '1 second'
                    ELSE interval '1 day' + n % 6912000 * interval '1 second' END AS began
                FROM generate_series(@from, @to) n) s
            """
        ),
        new(
            "families",
            static size => size.Families,
            50_000,
            $"""
            INSERT INTO idp.token_families (id, user_id, session_id, client_id, scopes, details, created_at,
                absolute_expires_at, revoked_at, revoked_reason)
            SELECT {FamilyId}, {UserOf}, {SessionId}, 'app', ARRAY['openid', 'offline_access'],
                {Details}, now() - interval '3 hours', now() + interval '30 days',
                CASE WHEN n / 7 % 10 > 3 THEN now() - interval '1 day' END, CASE WHEN n / 7 % 10 > 3 THEN 'logout' END
            FROM (SELECT f, f * @stride AS n FROM generate_series(@from, @to) f) families
            """
        ),
        new(
            "refresh tokens",
            static size => (long)size.Families * BenchSize.Generations,
            50_000,
            $"""
            INSERT INTO public.refresh_tokens (id, session_id, token_hash, family_id, generation, client_id, created_at,
                expires_at, used_at, revoked_at, successor_sealed)
            SELECT (lpad(to_hex(1780000000000 + t), 12, '0') || '7' || substr(md5('t' || t), 1, 3) || '8' ||
                substr(md5('t' ||
                t), 4, 15))::uuid, {SessionId}, sha256(convert_to('r' || lpad(t::text, 41, '0') || 'A', 'UTF8')),
                    {FamilyId}, g,
                'app', now() - (4 - g) * interval '1 hour', now() + interval '7 days',
                CASE WHEN g < 3 THEN now() - (3 - g) * interval '1 hour' END,
                CASE WHEN g = 3 AND n / 7 % 10 > 3 THEN now() - interval '1 day' END,
                CASE WHEN g < 3 THEN decode(repeat(md5(t::text), 5), 'hex') END
            FROM (SELECT t, (t - 1) % 4 AS g, (t - 1) / 4 + 1 AS f, ((t - 1) / 4 + 1) * @stride AS n
                FROM generate_series(@from, @to) t) tokens
            """
        ),
        new(
            "clients of sessions",
            static size => size.Families,
            50_000,
            $"""
            INSERT INTO idp.session_clients (session_id, client_id)
            SELECT {SessionId}, 'app' FROM (SELECT f * @stride AS n FROM generate_series(@from, @to) f) families
            """
        ),
        new(
            "events",
            static size => size.Events,
            100_000,
            $"""
            INSERT INTO public.audit_logs (id, user_id, event_type, event_status, ip_address, user_agent, details,
                created_at)
            SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(md5('a' || n), 1,
                3) || '8'
                || substr(md5('a' || n), 4, 15))::uuid, md5('u' || (n * 7919 % @users + 1))::uuid,
                CASE WHEN n % 20 <= 3 THEN 'login' WHEN n % 20 <= 5 THEN 'logout' WHEN n % 20 = 6 THEN 'session_expired'
                    WHEN n % 20 = 7 THEN 'token_issued' ELSE 'token_refreshed' END,
                CASE WHEN n % 200 = 0 THEN 'failure' ELSE 'success' END,
                ('10.' || n % 200 || '.' || n % 250 || '.7')::inet, {Agent},
                jsonb_build_object('client_id', 'app', 'family_id', md5('f' || n)), at
            FROM (SELECT n, now() - interval '120 days' * (1 - n / @events::float8) AS at
                FROM generate_series(@from, @to) n) e
            """
        ),
        // One person who has been here for years, with an app that refreshes every minute.
        new(
            "a long history",
            static size => Math.Min(100_000, size.Events / 10),
            100_000,
            """
            INSERT INTO public.audit_logs (user_id, event_type, event_status, details, created_at)
            SELECT md5('u1')::uuid, CASE WHEN n % 50 = 0 THEN 'login' ELSE 'token_refreshed' END, 'success', '{}',
                now() - n * interval '1 minute' FROM generate_series(@from, @to) n
            """
        ),
        new(
            "many ended sessions",
            static size => Math.Min(3_310, size.Sessions / 10),
            10_000,
            """
            INSERT INTO public.sessions (user_id, token_hash, is_active, created_at, last_activity_at, expires_at,
                revoked_at,
                revoked_reason, device_fingerprint)
            SELECT md5('u1')::uuid, sha256(convert_to('h' || n, 'UTF8')), false, at, at, at + interval '1 day',
                at + interval '1 hour', 'logout', md5('h' || n)
            FROM (SELECT n, now() - interval '2 days' - n % 1800 * interval '1 hour' AS at FROM
                generate_series(@from, @to) n) s
            """
        ),
    ];
}
