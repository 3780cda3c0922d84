using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Identity.Core.Data;
using Identity.Core.Primitives;
using Npgsql;

namespace Identity.Benchmarks.Database;

/// <summary>The operations that db/schema-summary.md sets targets for, each with random keys, prepared, on one
/// connection. Prints Markdown.</summary>
internal static class ScaleMeasurement
{
    private const int WarmUp = 500;
    private const int Samples = 5_000;

    private sealed record Operation(string Name, string Sql, Action<NpgsqlCommand> Fill);

    public static async Task RunAsync(EmbeddedPostgres postgres, int users, int sessions, int events)
    {
        await using var source = NpgsqlDataSource.Create(postgres.ApplicationConnectionString());
        await using var connection = await source.OpenConnectionAsync();
        var people = await SamplePeopleAsync(connection, users);
        var operations = Operations(users, sessions, people);

        await Print(
            $"{users:N0} users, {sessions:N0} sessions ({sessions * 3L / 10:N0} active), {sessions / 5:N0} refresh "
                + $"tokens, {events:N0} events; {Environment.ProcessorCount} cores"
        );
        await Print("\n| operation | p50 ms | p99 ms | worst ms |\n| --- | --- | --- | --- |");
        foreach (var operation in operations)
        {
            var times = await MeasureAsync(connection, operation);
            await Print(
                $"| {operation.Name} | {times[Samples / 2]:F3} | {times[Samples * 99 / 100]:F3} | {times[^1]:F3} |"
            );
        }

        await Print("");
        await ThroughputAsync(source, operations[0], workers: 1);
        await ThroughputAsync(source, operations[0], workers: 8);
        await ThroughputAsync(source, operations[1], workers: 8);
        await SizesAsync(connection);
        foreach (var operation in operations)
            await PlanAsync(connection, operation);
    }

    private static List<Operation> Operations(int users, int sessions, List<(Guid Id, string Email)> people)
    {
        var activeUnder = Math.Min(users * 3, sessions);
        return
        [
            new(
                "e-mail lookup",
                """
                SELECT id, email, password_hash, failed_login_attempts, account_locked_until, is_disabled,
                    two_factor_enabled FROM public.users
                WHERE lower(email COLLATE "C") = @email AND deleted_at IS NULL
                """,
                command => Set(command, "email", Person().Email)
            ),
            new(
                "session validation",
                """
                SELECT s.id, s.user_id, u.email, u.email_verified, u.name, s.auth_time, s.amr, s.acr, s.expires_at
                    FROM public.sessions s
                JOIN public.users u ON u.id = s.user_id
                WHERE s.token_hash = @hash AND s.is_active AND s.expires_at > now() AND u.deleted_at IS NULL
                    AND NOT u.is_disabled
                """,
                command =>
                    Set(command, "hash", Sha256Digest.Of("s" + RandomNumberGenerator.GetInt32(1, activeUnder)).Value)
            ),
            new(
                "login validation (look-up, counter, audit row, commit)",
                """
                WITH person AS (
                    SELECT id FROM public.users WHERE lower(email COLLATE "C") = @email AND deleted_at IS NULL
                        AND NOT is_disabled),
                counted AS (
                    UPDATE public.users u SET failed_login_attempts = 0, last_login_at = now() FROM person
                        WHERE u.id = person.id RETURNING u.id, u.password_hash)
                INSERT INTO public.audit_logs (user_id, event_type, event_status) SELECT id, 'login', 'success'
                    FROM counted RETURNING id
                """,
                command => Set(command, "email", Person().Email)
            ),
            new(
                "active sessions of a user",
                "SELECT * FROM public.active_sessions WHERE user_id = @user ORDER BY last_activity_at DESC",
                command => Set(command, "user", Person().Id)
            ),
            new(
                "audit log of a user, newest 50",
                """
                SELECT id, event_type, event_status, ip_address, created_at FROM public.audit_logs WHERE user_id = @user
                    ORDER BY created_at DESC LIMIT 50
                """,
                command => Set(command, "user", Person().Id)
            ),
            new(
                "token validation (refresh token, unused)",
                """
                SELECT id, session_id, family_id, generation FROM public.refresh_tokens WHERE token_hash = @hash
                    AND used_at IS NULL AND revoked_at IS NULL AND expires_at > now()
                """,
                command =>
                    Set(
                        command,
                        "hash",
                        Sha256Digest.Of("r" + (RandomNumberGenerator.GetInt32(0, sessions / 10) * 2 + 1)).Value
                    )
            ),
            new(
                "used refresh token by its hash",
                "SELECT id, family_id, used_at FROM public.refresh_tokens WHERE token_hash = @hash",
                command =>
                    Set(
                        command,
                        "hash",
                        Sha256Digest.Of("r" + (RandomNumberGenerator.GetInt32(1, sessions / 10) * 2)).Value
                    )
            ),
            new(
                "security status of a user",
                "SELECT * FROM public.user_security_status WHERE user_id = @user",
                command => Set(command, "user", Person().Id)
            ),
        ];

        (Guid Id, string Email) Person() => people[RandomNumberGenerator.GetInt32(people.Count)];
    }

    private static async Task<double[]> MeasureAsync(NpgsqlConnection connection, Operation operation)
    {
        await using var command = new NpgsqlCommand(operation.Sql, connection);
        operation.Fill(command);
        await command.PrepareAsync();
        var times = new double[Samples];
        for (var i = -WarmUp; i < Samples; i++)
        {
            operation.Fill(command);
            var start = Stopwatch.GetTimestamp();
            if (await ReadAsync(command) == 0)
                throw new InvalidOperationException(
                    $"'{operation.Name}' found nothing: a fast miss is not a measurement."
                );
            if (i >= 0)
                times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        Array.Sort(times);
        return times;
    }

    private static async Task ThroughputAsync(NpgsqlDataSource source, Operation operation, int workers)
    {
        var done = 0L;
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(
            Enumerable
                .Range(0, workers)
                .Select(_ =>
                    Task.Run(async () =>
                    {
                        await using var connection = await source.OpenConnectionAsync();
                        await using var command = new NpgsqlCommand(operation.Sql, connection);
                        operation.Fill(command);
                        await command.PrepareAsync();
                        while (clock.Elapsed < TimeSpan.FromSeconds(10))
                        {
                            operation.Fill(command);
                            await ReadAsync(command);
                            Interlocked.Increment(ref done);
                        }
                    })
                )
        );
        await Print(
            $"{operation.Name}: {done / clock.Elapsed.TotalSeconds:N0} a second on {workers} connections (client and "
                + "server share the cores)"
        );
    }

    private static async Task SizesAsync(NpgsqlConnection connection)
    {
        await Print("\n| relation | size |\n| --- | --- |");
        await using var command = new NpgsqlCommand(
            """
            SELECT name, pg_size_pretty(bytes) FROM (
                SELECT relname::text AS name, pg_relation_size(oid) AS bytes FROM pg_class
                WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i')
                UNION ALL
                SELECT coalesce(p.relname, 'audit_logs') || ' (all partitions)', sum(pg_relation_size(c.oid))::bigint
                FROM pg_class c JOIN pg_inherits i ON i.inhrelid = c.oid JOIN pg_class p ON p.oid = i.inhparent
                    GROUP BY 1
                UNION ALL SELECT 'whole database', pg_database_size(current_database())) sizes
            WHERE bytes > 0 ORDER BY bytes DESC
            """,
            connection
        );
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
            await Print($"| {reader.GetString(0)} | {reader.GetString(1)} |");
    }

    private static async Task PlanAsync(NpgsqlConnection connection, Operation operation)
    {
        await Print($"\n### {operation.Name}\n```");
        await using var transaction = await connection.BeginTransactionAsync();
        await using (
            var command = new NpgsqlCommand(
                "EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) " + operation.Sql,
                connection,
                transaction
            )
        )
        {
            operation.Fill(command);
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync())
                await Print(reader.GetString(0));
        }

        await transaction.RollbackAsync();
        await Print("```");
    }

    private static async Task<List<(Guid, string)>> SamplePeopleAsync(NpgsqlConnection connection, int users)
    {
        await using var command = new NpgsqlCommand(
            "SELECT id, email FROM public.users TABLESAMPLE SYSTEM (least(100, 100.0 * 20000 / @users)) LIMIT 20000",
            connection
        );
        command.Parameters.AddWithValue("users", (double)users);
        List<(Guid, string)> people = [];
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
            people.Add((reader.GetGuid(0), reader.GetString(1)));
        return people;
    }

    private static async Task<int> ReadAsync(NpgsqlCommand command)
    {
        var rows = 0;
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
            rows++;
        return rows;
    }

    private static void Set(NpgsqlCommand command, string name, object value)
    {
        if (command.Parameters.Count == 0)
            command.Parameters.AddWithValue(name, value);
        else
            command.Parameters[0].Value = value;
    }

    private static Task Print(FormattableString line) =>
        Console.Out.WriteLineAsync(line.ToString(CultureInfo.InvariantCulture));

    private static Task Print(string line) => Console.Out.WriteLineAsync(line);
}
