using System.Security.Cryptography;
using Npgsql;
using NpgsqlTypes;

namespace Identity.Core.Data;

// Data owns the way to PostgreSQL: connections, transactions, migrations, the mapping of the six tables, and the
// private cluster of a first start. It depends on no room: nothing here knows what a user or a token is.

/// <summary>The database as rooms see it. A command outside a transaction takes a pooled connection and returns it at
/// once.</summary>
public sealed class Database(NpgsqlDataSource source) : SqlSession
{
    private const int MaxAttempts = 5;

    /// <summary>The data source, for code that needs Npgsql itself: COPY, LISTEN, EF Core.</summary>
    public NpgsqlDataSource Source => source;

    /// <summary>Opens a connection for the caller, who disposes it.</summary>
    public ValueTask<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken) =>
        source.OpenConnectionAsync(cancellationToken);

    /// <summary> Runs <paramref name="work"/> in one transaction (READ COMMITTED) and commits it. A deadlock or a
    /// serialization failure (40P01, 40001) rolls back and runs the work again, at most five times with growing random
    /// pauses (DB-2), so the work must do nothing but SQL. Any other failure rolls back and is rethrown.
    /// </summary>
    public async Task<T> InTransactionAsync<T>(
        Func<DatabaseTransaction, CancellationToken, Task<T>> work,
        CancellationToken cancellationToken
    )
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await AttemptAsync(work, cancellationToken);
            }
            catch (PostgresException conflict) when (attempt < MaxAttempts && IsConflict(conflict))
            {
                await Task.Delay(RandomNumberGenerator.GetInt32(5, 20 * attempt), cancellationToken);
            }
        }
    }

    /// <inheritdoc cref="InTransactionAsync{T}" />
    public Task InTransactionAsync(
        Func<DatabaseTransaction, CancellationToken, Task> work,
        CancellationToken cancellationToken
    ) =>
        InTransactionAsync(
            async (transaction, token) =>
            {
                await work(transaction, token);
                return true;
            },
            cancellationToken
        );

    private async Task<T> AttemptAsync<T>(
        Func<DatabaseTransaction, CancellationToken, Task<T>> work,
        CancellationToken cancellationToken
    )
    {
        var connection = await source.OpenConnectionAsync(cancellationToken);
        DatabaseTransaction? transaction = null;
        try
        {
            transaction = new(source, connection, await connection.BeginTransactionAsync(cancellationToken));
            var result = await work(transaction, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return result;
        }
        finally
        {
            // If the server hangs, the rollback may hang too, so a cancelled caller waits for it only briefly.
            var ending = EndAsync(connection, transaction);
            if (!await Patience.IsOverAsync(ending, cancellationToken))
                _ = ending.ContinueWith(static ended => ended.Exception, TaskScheduler.Default);
        }
    }

    private static async Task EndAsync(NpgsqlConnection connection, DatabaseTransaction? transaction)
    {
        await using (connection)
        {
            if (transaction is not null)
                await transaction.EndAsync();
        }
    }

    // A command of its own is a transaction of its own: the conflict undid it, and the others go on (DB-2).
    private protected override bool MayRepeat(NpgsqlException failure) =>
        failure is PostgresException conflict && IsConflict(conflict);

    private static bool IsConflict(PostgresException failure) =>
        failure.SqlState is PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected;

    private protected override async ValueTask<ConnectionLease> LeaseAsync(CancellationToken cancellationToken) =>
        new(source, await source.OpenConnectionAsync(cancellationToken), null, owned: true);
}

/// <summary>One transaction. Commands run in order; it ends with
/// <see cref="Database.InTransactionAsync{T}"/>.</summary>
public sealed class DatabaseTransaction : SqlSession
{
    // Work that still runs on the connection although its caller has left.
    private Task _left = Task.CompletedTask;

    private readonly NpgsqlDataSource _source;

    internal DatabaseTransaction(NpgsqlDataSource source, NpgsqlConnection connection, NpgsqlTransaction transaction)
    {
        _source = source;
        Connection = connection;
        Transaction = transaction;
    }

    /// <summary>The connection, for code that needs Npgsql itself.</summary>
    public NpgsqlConnection Connection { get; }

    /// <summary>The transaction, for code that needs Npgsql itself.</summary>
    public NpgsqlTransaction Transaction { get; }

    /// <summary>Commits. A commit is never cancelled, because its outcome would be unknown; a cancelled caller waits
    /// for it only briefly.</summary>
    internal async Task CommitAsync(CancellationToken cancellationToken) =>
        await Patience.WaitAsync(CommitAsync(), Leave, cancellationToken);

    /// <summary>Ends the transaction once nothing runs on its connection; without a commit it is rolled back.</summary>
    internal async Task EndAsync()
    {
        await _left.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Transaction.DisposeAsync();
    }

    /// <summary>Writes rows by COPY, which takes a fraction of the time of single INSERTs.</summary>
    /// <param name="copy">The command, a constant of the calling room: <c>COPY ... FROM STDIN (FORMAT
    /// BINARY)</c>.</param>
    /// <param name="types">The types of the columns, in their order.</param>
    public async Task CopyAsync(
        string copy,
        NpgsqlDbType[] types,
        IEnumerable<object?[]> rows,
        CancellationToken cancellationToken
    )
    {
        SqlCommandCounter.Count();
        await using var writer = await Connection.BeginBinaryImportAsync(copy, cancellationToken);
        foreach (var row in rows)
        {
            await writer.StartRowAsync(cancellationToken);
            for (var column = 0; column < types.Length; column++)
                await WriteAsync(writer, row[column], types[column], cancellationToken);
        }
        await writer.CompleteAsync(cancellationToken);
    }

    private static Task WriteAsync(
        NpgsqlBinaryImporter writer,
        object? value,
        NpgsqlDbType type,
        CancellationToken cancellationToken
    ) => value is null ? writer.WriteNullAsync(cancellationToken) : writer.WriteAsync(value, type, cancellationToken);

    private protected override void Leave(Task running) => _left = running;

    private async Task<bool> CommitAsync()
    {
        await Transaction.CommitAsync(CancellationToken.None);
        return true;
    }

    private protected override ValueTask<ConnectionLease> LeaseAsync(CancellationToken cancellationToken) =>
        ValueTask.FromResult(new ConnectionLease(_source, Connection, Transaction, owned: false));
}
