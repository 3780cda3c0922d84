using Npgsql;

namespace Identity.Core.Bench;

/// <summary>The outcome of a fill.</summary>
public enum BenchFillResult
{
    /// <summary>The database is filled, now or since before.</summary>
    Filled,

    /// <summary>It has accounts and is not marked as a bench: nothing was changed.</summary>
    NotABench,

    /// <summary>It is a bench of another size: nothing was changed.</summary>
    OtherSize,
}

/// <summary> Fills an empty database, as its owner. Indexes and foreign keys of the large tables are dropped first and
/// built at the end. Each chunk commits with the number of its last row, so that a fill resumes where it was stopped.
/// </summary>
public sealed class BenchFill(NpgsqlDataSource owner, BenchSize size)
{
    // What is dropped: every index and constraint of the filled tables that inserting does not need. An index of the
    // partitioned log is built again on every partition.
    private const string Save = """
        WITH filled AS (SELECT unnest(ARRAY['public.users', 'public.sessions', 'public.refresh_tokens',
            'public.audit_logs',
                                            'idp.token_families', 'idp.session_clients']::regclass[]) AS oid),
        found AS (
            SELECT 1 AS rank, c.conname AS name, format('ALTER TABLE %s DROP CONSTRAINT %I', c.conrelid::regclass,
                c.conname) AS dropped,
                format('ALTER TABLE %s ADD CONSTRAINT %I %s', c.conrelid::regclass, c.conname,
                    pg_get_constraintdef(c.oid)) AS created
            FROM pg_constraint c JOIN filled f ON f.oid = c.conrelid WHERE c.contype = 'f'
            UNION ALL
            SELECT 2, c.conname, format('ALTER TABLE %s DROP CONSTRAINT %I', c.conrelid::regclass, c.conname),
                format('ALTER TABLE %s ADD CONSTRAINT %I %s', c.conrelid::regclass, c.conname,
                    pg_get_constraintdef(c.oid))
            FROM pg_constraint c JOIN filled f ON f.oid = c.conrelid WHERE c.contype = 'u'
            UNION ALL
            SELECT 3, i.indexrelid::regclass::text, format('DROP INDEX %s', i.indexrelid::regclass),
                replace(pg_get_indexdef(i.indexrelid), ' ON ONLY ', ' ON ')
            FROM pg_index i JOIN filled f ON f.oid = i.indrelid
            WHERE NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid))
        INSERT INTO bench.saved (number, name, dropped, created)
        SELECT row_number() OVER (ORDER BY rank, name), name, dropped, created FROM found
        """;

    private const string OlderMonths = """
        DO $$
        DECLARE month timestamptz;
        BEGIN
            SET LOCAL timezone = 'UTC';
            FOR month IN SELECT generate_series(date_trunc('month', now() - interval '150 days'), now(), interval
                '1 month') LOOP
                CONTINUE WHEN EXISTS (SELECT FROM idp.audit_partitions() p WHERE p.lower <= month AND p.upper > month);
                EXECUTE format('CREATE TABLE idp.%I PARTITION OF public.audit_logs FOR VALUES FROM (%L) TO (%L)',
                    'audit_logs_' || to_char(month, 'YYYY_MM'), month, month + interval '1 month');
            END LOOP;
        END
        $$
        """;

    private const string Settings =
        "SET synchronous_commit = off; SET maintenance_work_mem = '512MB'; SET work_mem = '128MB'";

    /// <summary>Starts or resumes the fill.</summary>
    public async Task<BenchFillResult> RunAsync(Action<BenchProgress> progress, CancellationToken cancellationToken)
    {
        var found = await BenchDatabase.FindAsync(owner, cancellationToken);
        if (found is null && !await BenchDatabase.MarkAsync(owner, size, cancellationToken))
            return BenchFillResult.NotABench;
        if (found is { } marked && marked.Size != size)
            return BenchFillResult.OtherSize;
        if (found is { IsFilled: true })
            return BenchFillResult.Filled;

        await using var connection = await owner.OpenConnectionAsync(cancellationToken);
        await ExecuteAsync(connection, Settings, cancellationToken);
        await PutAsideAsync(connection, cancellationToken);
        foreach (var rows in BenchTables.All)
            await InsertAsync(connection, rows, progress, cancellationToken);
        await BuildAsync(connection, progress, cancellationToken);
        progress(new("vacuum", 0, 1));
        await ExecuteAsync(connection, "VACUUM (ANALYZE)", cancellationToken);
        await ExecuteAsync(connection, "UPDATE bench.mark SET filled_at = now()", cancellationToken);
        progress(new("vacuum", 1, 1));
        return BenchFillResult.Filled;
    }

    private static async Task PutAsideAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (await DoneAsync(connection, "put aside", cancellationToken) == 0)
        {
            await ExecuteAsync(connection, OlderMonths, cancellationToken);
            await ExecuteAsync(connection, Save, cancellationToken);
            foreach (var (_, dropped, _, _) in await SavedAsync(connection, cancellationToken))
                await ExecuteAsync(connection, dropped, cancellationToken);
            await NoteAsync(connection, "put aside", 1, cancellationToken);
        }
        await transaction.CommitAsync(cancellationToken);
    }

    private async Task InsertAsync(
        NpgsqlConnection connection,
        BenchRows rows,
        Action<BenchProgress> progress,
        CancellationToken cancellationToken
    )
    {
        var total = rows.Count(size);
        var done = await DoneAsync(connection, rows.Step, cancellationToken);
        while (done < total)
        {
            progress(new(rows.Step, done, total));
            var to = Math.Min(done + rows.Chunk, total);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await ExecuteAsync(
                connection,
                rows.Sql,
                cancellationToken,
                ("from", done + 1),
                ("to", to),
                ("users", (long)size.Users),
                ("stride", (long)size.SessionsPerFamily),
                ("events", (long)size.Events)
            );
            await NoteAsync(connection, rows.Step, to, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            done = to;
        }
        progress(new(rows.Step, total, total));
    }

    // Indexes first and foreign keys last, because the foreign keys use the indexes.
    private static async Task BuildAsync(
        NpgsqlConnection connection,
        Action<BenchProgress> progress,
        CancellationToken cancellationToken
    )
    {
        var saved = await SavedAsync(connection, cancellationToken);
        var total = saved.Count;
        foreach (var (number, _, created, name) in Enumerable.Reverse(saved))
        {
            progress(new("build " + name, total - number, total));
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await ExecuteAsync(connection, created, cancellationToken);
            await ExecuteAsync(
                connection,
                "DELETE FROM bench.saved WHERE number = @number",
                cancellationToken,
                ("number", number)
            );
            await transaction.CommitAsync(cancellationToken);
        }
    }

    private static async Task<List<(int Number, string Dropped, string Created, string Name)>> SavedAsync(
        NpgsqlConnection connection,
        CancellationToken cancellationToken
    )
    {
        await using NpgsqlCommand command = new(
            "SELECT number, dropped, created, name FROM bench.saved ORDER BY number",
            connection
        );
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        List<(int, string, string, string)> saved = [];
        while (await reader.ReadAsync(cancellationToken))
            saved.Add((reader.GetInt32(0), reader.GetString(1), reader.GetString(2), reader.GetString(3)));
        return saved;
    }

    private static async Task<long> DoneAsync(
        NpgsqlConnection connection,
        string step,
        CancellationToken cancellationToken
    )
    {
        await using NpgsqlCommand command = new("SELECT done FROM bench.progress WHERE step = $1", connection);
        command.Parameters.Add(new() { Value = step });
        return await command.ExecuteScalarAsync(cancellationToken) as long? ?? 0;
    }

    private static Task NoteAsync(
        NpgsqlConnection connection,
        string step,
        long done,
        CancellationToken cancellationToken
    ) =>
        ExecuteAsync(
            connection,
            "INSERT INTO bench.progress (step, done) VALUES (@step, @done) "
                + "ON CONFLICT (step) DO UPDATE SET done = @done",
            cancellationToken,
            ("step", step),
            ("done", done)
        );

    private static async Task ExecuteAsync(
        NpgsqlConnection connection,
        string sql,
        CancellationToken cancellationToken,
        params (string Name, object Value)[] parameters
    )
    {
        await using NpgsqlCommand command = new(sql, connection) { CommandTimeout = 0 };
        foreach (var (name, value) in parameters)
            command.Parameters.AddWithValue(name, value);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
