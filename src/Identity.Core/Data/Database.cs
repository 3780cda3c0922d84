using System.Security.Cryptography;
using Npgsql;

namespace Identity.Core.Data;

// Data owns the way to PostgreSQL: connections, transactions, migrations, the mapping of the six tables, and the
// private cluster of a first start.
// It knows no room: nothing here says what a user or a token is.

/// <summary>The database as rooms see it. A command outside a transaction opens a pooled connection for itself and
/// gives it back at once.</summary>
public sealed class Database(NpgsqlDataSource source) : SqlSession
{
    private const int MaxAttempts = 5;

    /// <summary>The source of connections, for what needs Npgsql itself: COPY, LISTEN, EF Core.</summary>
    public NpgsqlDataSource Source => source;

    /// <summary>An open connection of the caller's own, such as one that listens.</summary>
    public ValueTask<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken) =>
        source.OpenConnectionAsync(cancellationToken);

    /// <summary>
    /// Runs <paramref name="work"/> in one transaction (READ COMMITTED) and commits it. A deadlock or a serialization
    /// failure (40P01, 40001) rolls back and runs the
    /// work again, five times at most with growing random pauses (DB-2): so the work must do nothing but SQL. Any other
    /// failure rolls back and is thrown.
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
                await using var connection = await source.OpenConnectionAsync(cancellationToken);
                await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
                var result = await work(new DatabaseTransaction(connection, transaction), cancellationToken);
                // A caller that goes away must not turn a commit in flight into a doubt.
                await transaction.CommitAsync(CancellationToken.None);
                return result;
            }
            catch (PostgresException conflict)
                when (attempt < MaxAttempts
                    && conflict.SqlState
                        is PostgresErrorCodes.SerializationFailure
                            or PostgresErrorCodes.DeadlockDetected
                )
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

    private protected override async ValueTask<ConnectionLease> LeaseAsync(CancellationToken cancellationToken) =>
        new(await source.OpenConnectionAsync(cancellationToken), null, owned: true);
}

/// <summary>One transaction. Commands run in order; it ends with
/// <see cref="Database.InTransactionAsync{T}"/>.</summary>
public sealed class DatabaseTransaction : SqlSession
{
    internal DatabaseTransaction(NpgsqlConnection connection, NpgsqlTransaction transaction)
    {
        Connection = connection;
        Transaction = transaction;
    }

    /// <summary>The connection, for what needs Npgsql itself.</summary>
    public NpgsqlConnection Connection { get; }

    /// <summary>The transaction, for what needs Npgsql itself.</summary>
    public NpgsqlTransaction Transaction { get; }

    private protected override ValueTask<ConnectionLease> LeaseAsync(CancellationToken cancellationToken) =>
        ValueTask.FromResult(new ConnectionLease(Connection, Transaction, owned: false));
}
