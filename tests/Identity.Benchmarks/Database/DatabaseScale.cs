using System.Diagnostics;
using System.Globalization;
using Identity.Core.Data;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Identity.Benchmarks.Database;

/// <summary>
/// Fills a private cluster to the scale of db/schema-summary.md with set-based SQL, then measures what the product asks
/// of it. The fill runs without fsync;
/// the measurement runs on the same data with fsync on, for a sign-in commits. The data is removed at the end.
/// </summary>
internal static class DatabaseScale
{
    public static async Task<int> RunAsync(string[] arguments)
    {
        var users = Number(arguments, "--users", 1_000_000);
        var sessions = Number(arguments, "--sessions", 10_000_000);
        var events = Number(arguments, "--events", 5_000_000);
        var folder = Path.Combine("/tmp", "identity-scale-" + Guid.NewGuid().ToString("N")[..8]);
        try
        {
            await using (
                var postgres = await EmbeddedPostgres.StartAsync(
                    new(folder, Durable: false),
                    NullLogger.Instance,
                    CancellationToken.None
                )
            )
            {
                await using (var owner = NpgsqlDataSource.Create(postgres.OwnerConnectionString()))
                    await new MigrationRunner(owner).UpAsync(CancellationToken.None);
                await FillAsync(postgres, users, sessions, events);
            }

            // Six gigabytes were just written without fsync: what still waits for the disk must not be measured as if
            // it were a query.
            using (var sync = Process.Start("sync"))
                await sync.WaitForExitAsync();
            await Task.Delay(TimeSpan.FromSeconds(20));
            await Console.Out.WriteLineAsync(
                "load of the machine before measuring: " + (await File.ReadAllTextAsync("/proc/loadavg")).Trim()
            );
            await using (
                var postgres = await EmbeddedPostgres.StartAsync(
                    new(folder),
                    NullLogger.Instance,
                    CancellationToken.None
                )
            )
                await ScaleMeasurement.RunAsync(postgres, users, sessions, events);
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task FillAsync(EmbeddedPostgres postgres, int users, int sessions, int events)
    {
        await using var source = NpgsqlDataSource.Create(postgres.SuperUserConnectionString("identity"));
        await using var connection = await source.OpenConnectionAsync();
        // Foreign keys are true by construction here, and checking ten million of them one by one is not what is
        // measured.
        await RunAsync(
            "settings",
            "SET session_replication_role = replica; SET maintenance_work_mem = '1GB'; SET work_mem = '256MB'; SET "
                + "timezone = 'UTC'"
        );
        var indexes = new List<string>();
        await using (
            var command = new NpgsqlCommand(
                "SELECT indexdef, indexname FROM pg_indexes WHERE schemaname = 'public' AND indexname LIKE 'idx\\_%' "
                    + "AND tablename IN ('users', 'sessions', 'refresh_tokens')",
                connection
            )
        )
        await using (var reader = await command.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync())
                indexes.Add(reader.GetString(0));
        }

        foreach (var index in indexes)
            await RunAsync(
                null,
                "DROP INDEX public."
                    + index.Split(' ').First(static word => word.StartsWith("idx_", StringComparison.Ordinal))
            );
        await RunAsync(
            "users",
            $"""
            INSERT INTO users (id, email, email_verified, password_hash, password_changed_at, name, given_name,
                family_name, last_login_at, last_login_ip, created_at)
            SELECT md5('u' || n)::uuid, 'person' || n || '@example' || n % 50 || '.test', n % 10 <> 0,
                '$2b$12$' || md5(n::text) || substr(md5('x' || n), 1, 21), now(), 'Person ' || n, 'Person', n::text,
                   now() - random() * interval '30 days', ('10.' || n % 200 || '.' || n % 250 || '.7')::inet,
                       now() - random() * interval '700 days'
            FROM generate_series(1, {users}) n
            """
        );
        // Three in ten are active, the rest ended in one way or another; ids are time-ordered as the application makes
        // them.
        await RunAsync(
            "sessions",
            $"""
            INSERT INTO sessions (id, user_id, token_hash, ip_address, user_agent, device_fingerprint, is_active,
                created_at, last_activity_at, expires_at, revoked_at, revoked_reason, auth_time, amr, acr)
            SELECT (lpad(to_hex(1790000000000 + n), 12, '0') || '7' || substr(h, 1, 3) || '8' || substr(h, 4,
                15))::uuid, md5('u' || n % {users} + 1)::uuid, sha256(convert_to('s' || n, 'UTF8')),
                   ('10.' || n % 200 || '.' || n % 250 || '.7')::inet,
                       'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/138.0 Safari/537.36', h, active,
                   now() - age, now() - age * 0.5, CASE WHEN active THEN now() + interval '7 days'
                       ELSE now() - age * 0.3 END,
                   CASE WHEN active THEN NULL ELSE now() - age * 0.3 END, CASE WHEN active THEN NULL
                       ELSE 'logout' END, now() - age, ARRAY['pwd'], '1'
            FROM (SELECT n, md5(n::text) AS h, n / {users} % 10 < 3 AS active,
                interval '1 hour' + (n::bigint * 7919 % 604800) * interval '1 second' AS age
                FROM generate_series(1, {sessions}) n) s
            """
        );
        await RunAsync(
            "refresh tokens",
            $"""
            INSERT INTO refresh_tokens (session_id, token_hash, family_id, generation, client_id, used_at, payload)
            SELECT (lpad(to_hex(1790000000000 + n), 12, '0') || '7' || substr(h, 1, 3) || '8' || substr(h, 4,
                15))::uuid, sha256(convert_to('r' || n, 'UTF8')), h::uuid, 0, 'web',
                   CASE WHEN n % 2 = 0 THEN now() END, decode(repeat(h, 8), 'hex')
            FROM (SELECT n, md5(n::text) AS h FROM generate_series(1, {sessions / 5}) n) r
            """
        );
        await RunAsync(
            "events",
            $"""
            INSERT INTO audit_logs (user_id, event_type, event_status, ip_address, user_agent, details, created_at)
            SELECT md5('u' || n % {users} + 1)::uuid, CASE n % 4 WHEN 0 THEN 'logout' ELSE 'login' END, CASE
                WHEN n % 25 = 0 THEN 'failure' ELSE 'success' END,
                   ('10.' || n % 200 || '.' || n % 250 || '.7')::inet, 'Mozilla/5.0 (X11; Linux x86_64)', '{"{}"}',
                       now() - (n % 40000) * interval '1 minute'
            FROM generate_series(1, {events}) n
            """
        );
        foreach (var index in indexes)
            await RunAsync(
                index.Split(' ').First(static word => word.StartsWith("idx_", StringComparison.Ordinal)),
                index
            );
        await RunAsync("vacuum", "VACUUM (ANALYZE)");
        await RunAsync("checkpoint", "CHECKPOINT");

        async Task RunAsync(string? what, string sql)
        {
            var clock = Stopwatch.StartNew();
            await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
            await command.ExecuteNonQueryAsync();
            if (what is not null)
                await Console.Error.WriteLineAsync(
                    string.Create(CultureInfo.InvariantCulture, $"{what}: {clock.Elapsed.TotalSeconds:F1} s")
                );
        }
    }

    private static int Number(string[] arguments, string name, int otherwise)
    {
        var at = Array.IndexOf(arguments, name);
        return at < 0 ? otherwise : int.Parse(arguments[at + 1], CultureInfo.InvariantCulture);
    }
}
