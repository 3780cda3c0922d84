using System.Data;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Npgsql;

namespace Identity.Core.Data;

/// <summary>One migration file embedded in the program.</summary>
/// <param name="Version">Its number: 1 for <c>001_initial_schema.sql</c>.</param>
/// <param name="Name">Its file name without the extension.</param>
/// <param name="Sql">Its text.</param>
/// <param name="Rollback">The text of <c>rollback_NNN.sql</c>.</param>
public sealed record Migration(int Version, string Name, string Sql, string Rollback)
{
    /// <summary>SHA-256 of the text: it detects a file that was changed after it was applied.</summary>
    public byte[] Checksum { get; } = SHA256.HashData(Encoding.UTF8.GetBytes(Sql));
}

/// <summary>The state of one migration in a database.</summary>
/// <param name="Changed">Whether the file differs from the one that was applied.</param>
public sealed record MigrationStatus(int Version, string Name, DateTimeOffset? AppliedAt, bool Changed)
{
    /// <summary>It is not applied yet.</summary>
    public bool IsPending => AppliedAt is null;
}

/// <summary>The state of a database's schema, compared with what this program expects.</summary>
public enum SchemaState
{
    /// <summary>Exactly what this program expects.</summary>
    Current,

    /// <summary>Migrations are missing: <c>identity migrate up</c>.</summary>
    Behind,

    /// <summary>A newer program has migrated it. An older one may run beside it during a deployment.</summary>
    Ahead,

    /// <summary>A migration file was changed after it had been applied.</summary>
    Changed,
}

/// <summary> Applies the SQL files of <c>db/migrations</c>, which are embedded in the program. The same files run with
/// plain psql: each opens and commits its own transaction and writes its own row, which is recognised here. Runners
/// wait for each other on an advisory lock; a file is applied completely or not at all.
/// </summary>
public sealed partial class MigrationRunner(NpgsqlDataSource owner)
{
    private const long AdvisoryLock = 0x1DE_0717;
    private const int MaxAttempts = 10;

    /// <summary>Every migration embedded in this program, in order.</summary>
    public static IReadOnlyList<Migration> All { get; } = Load();

    /// <summary>The state of each migration, including those that only the database has.</summary>
    public async Task<IReadOnlyList<MigrationStatus>> StatusAsync(CancellationToken cancellationToken)
    {
        await using var connection = await owner.OpenConnectionAsync(cancellationToken);
        return await StatusAsync(connection, cancellationToken);
    }

    /// <summary>The state of the schema. The application's role may read it too.</summary>
    public async Task<SchemaState> StateAsync(CancellationToken cancellationToken)
    {
        var status = await StatusAsync(cancellationToken);
        if (status.Any(static row => row.Changed))
            return SchemaState.Changed;
        if (status.Any(static row => row.IsPending))
            return SchemaState.Behind;
        return status.Count > All.Count ? SchemaState.Ahead : SchemaState.Current;
    }

    /// <summary>Applies the missing migrations up to <paramref name="target"/> and returns them in order. With
    /// <paramref name="dryRun"/>, each file is run and rolled back.</summary>
    /// <exception cref="InvalidOperationException">A file was changed after it had been applied.</exception>
    public async Task<IReadOnlyList<Migration>> UpAsync(
        CancellationToken cancellationToken,
        int target = int.MaxValue,
        bool dryRun = false
    )
    {
        return await StepAsync(
            status =>
            {
                if (status.FirstOrDefault(static row => row.Changed) is { } changed)
                    throw new InvalidOperationException(
                        $"Migration {changed.Name} was changed after it had been applied. Put the file back, and write "
                            + "a new migration for the change."
                    );
                return All.FirstOrDefault(m =>
                    m.Version <= target && status.Any(row => row.Version == m.Version && row.IsPending)
                );
            },
            static migration => migration.Sql,
            dryRun,
            record: true,
            cancellationToken
        );
    }

    /// <summary>Rolls back every migration above <paramref name="target"/>, newest first, and returns them in that
    /// order. 0 rolls back all.</summary>
    public async Task<IReadOnlyList<Migration>> DownAsync(
        int target,
        CancellationToken cancellationToken,
        bool dryRun = false
    )
    {
        return await StepAsync(
            status =>
            {
                if (
                    status.FirstOrDefault(row => row.Version > target && All.All(m => m.Version != row.Version)) is
                    { } unknown
                )
                    throw new InvalidOperationException(
                        $"Migration {unknown.Name} is newer than this program: take it back with the program that "
                            + "brought it."
                    );
                return All.LastOrDefault(m =>
                    m.Version > target && status.Any(row => row.Version == m.Version && !row.IsPending)
                );
            },
            static migration => migration.Rollback,
            dryRun,
            record: false,
            cancellationToken
        );
    }

    // One transaction per migration, each under the lock, and each checks again what is still to do. The lock belongs
    // to the transaction and not to the session, so that runners also wait for each other behind a pooler.
    private async Task<IReadOnlyList<Migration>> StepAsync(
        Func<IReadOnlyList<MigrationStatus>, Migration?> next,
        Func<Migration, string> sql,
        bool dryRun,
        bool record,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await owner.OpenConnectionAsync(cancellationToken);
        // A dry run applies all of them in one transaction that never commits.
        await using var trial = dryRun ? await connection.BeginTransactionAsync(cancellationToken) : null;
        List<Migration> done = [];
        for (var attempt = 1; ; )
        {
            try
            {
                await using var transaction = dryRun ? null : await connection.BeginTransactionAsync(cancellationToken);
                await LockAsync(connection, cancellationToken);
                if (next(await StatusAsync(connection, cancellationToken)) is not { } migration)
                    return done;
                await RunAsync(connection, migration, sql(migration), record, cancellationToken);
                if (transaction is not null)
                    await transaction.CommitAsync(CancellationToken.None);
                done.Add(migration);
            }
            catch (PostgresException held)
                when (held.SqlState == PostgresErrorCodes.LockNotAvailable && !dryRun && attempt < MaxAttempts)
            {
                // Another session reads a table that the migration changes. While the migration waits, everyone else
                // waits behind it.
                await Task.Delay(TimeSpan.FromSeconds(attempt++), cancellationToken);
            }
        }
    }

    private static async Task RunAsync(
        NpgsqlConnection connection,
        Migration migration,
        string sql,
        bool record,
        CancellationToken cancellationToken
    )
    {
        await using (var command = new NpgsqlCommand(WithoutTransaction(sql), connection) { CommandTimeout = 0 })
            await command.ExecuteNonQueryAsync(cancellationToken);
        if (record)
            await RecordAsync(connection, migration, cancellationToken);
    }

    private static async Task RecordAsync(
        NpgsqlConnection connection,
        Migration migration,
        CancellationToken cancellationToken
    )
    {
        await using var command = new NpgsqlCommand(
            "UPDATE idp.schema_migrations SET checksum = @checksum WHERE version = @version",
            connection
        );
        command.Parameters.AddWithValue("checksum", migration.Checksum);
        command.Parameters.AddWithValue("version", migration.Version);
        if (await command.ExecuteNonQueryAsync(cancellationToken) != 1)
            throw new InvalidOperationException(
                $"Migration {migration.Name} does not write its own row into idp.schema_migrations."
            );
    }

    private static async Task LockAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT pg_advisory_xact_lock(@key)", connection)
        {
            CommandTimeout = 0,
        };
        command.Parameters.AddWithValue("key", AdvisoryLock);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<IReadOnlyList<MigrationStatus>> StatusAsync(
        NpgsqlConnection connection,
        CancellationToken cancellationToken
    )
    {
        Dictionary<int, (string Name, byte[]? Checksum, DateTimeOffset AppliedAt)> applied = [];
        await using (
            var exists = new NpgsqlCommand("SELECT to_regclass('idp.schema_migrations') IS NOT NULL", connection)
        )
        {
            if ((bool)(await exists.ExecuteScalarAsync(cancellationToken))!)
            {
                await using var command = new NpgsqlCommand(
                    "SELECT version, name, checksum, applied_at FROM idp.schema_migrations ORDER BY version",
                    connection
                );
                await using var reader = await command.ExecuteReaderAsync(
                    CommandBehavior.SingleResult,
                    cancellationToken
                );
                while (await reader.ReadAsync(cancellationToken))
                    applied[reader.GetInt32(0)] = (
                        reader.GetString(1),
                        reader.IsDBNull(2) ? null : reader.GetFieldValue<byte[]>(2),
                        reader.GetFieldValue<DateTimeOffset>(3)
                    );
            }
        }

        var known = All.Select(m =>
            applied.TryGetValue(m.Version, out var row)
                ? new MigrationStatus(
                    m.Version,
                    m.Name,
                    row.AppliedAt,
                    row.Checksum is not null && !row.Checksum.AsSpan().SequenceEqual(m.Checksum)
                )
                : new MigrationStatus(m.Version, m.Name, null, false)
        );
        var unknown = applied
            .Where(row => All.All(m => m.Version != row.Key))
            .Select(static row => new MigrationStatus(row.Key, row.Value.Name, row.Value.AppliedAt, false));
        return [.. known.Concat(unknown).OrderBy(static row => row.Version)];
    }

    private static Migration[] Load()
    {
        var assembly = Assembly.GetExecutingAssembly();
        var files = assembly
            .GetManifestResourceNames()
            .Where(static name => name.StartsWith("migrations/", StringComparison.Ordinal))
            .ToDictionary(
                static name => name["migrations/".Length..^".sql".Length],
                name => ReadText(assembly, name),
                StringComparer.Ordinal
            );
        return
        [
            .. files
                .Where(static file => char.IsAsciiDigit(file.Key[0]))
                .OrderBy(static file => file.Key, StringComparer.Ordinal)
                .Select(file => new Migration(
                    int.Parse(file.Key.AsSpan(0, 3), System.Globalization.CultureInfo.InvariantCulture),
                    file.Key,
                    file.Value,
                    files["rollback_" + file.Key[..3]]
                )),
        ];
    }

    private static string ReadText(Assembly assembly, string name)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!, Encoding.UTF8);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    private static string WithoutTransaction(string sql) => OwnTransaction().Replace(sql, "");

    [GeneratedRegex(@"^(BEGIN|COMMIT);[ \t]*$", RegexOptions.Multiline)]
    private static partial Regex OwnTransaction();
}
