using System.Data;
using Npgsql;
using NpgsqlTypes;

namespace Identity.Core.Data;

/// <summary> What rooms do with a connection: run commands with named parameters and map rows. SQL is always a constant
/// of the calling room; values travel as parameters only (WB-10). Parameters are given as <c>("name", value)</c>; null
/// becomes NULL; an <see cref="Enum"/> is refused.
/// </summary>
public abstract class SqlSession
{
    /// <summary>Runs a command and returns the number of affected rows.</summary>
    public Task<int> ExecuteAsync(
        string sql,
        CancellationToken cancellationToken,
        params (string Name, object? Value)[] parameters
    ) => RunAsync(sql, parameters, static (command, cancel) => command.ExecuteNonQueryAsync(cancel), cancellationToken);

    /// <summary>The first row, mapped, or the default value if there is none.</summary>
    public Task<T?> QuerySingleOrDefaultAsync<T>(
        string sql,
        Func<NpgsqlDataReader, T> map,
        CancellationToken cancellationToken,
        params (string Name, object? Value)[] parameters
    ) =>
        RunAsync(
            sql,
            parameters,
            async (command, cancel) =>
            {
                await using var reader = await command.ExecuteReaderAsync(CommandBehavior.SingleRow, cancel);
                return await reader.ReadAsync(cancel) ? map(reader) : default;
            },
            cancellationToken
        );

    /// <summary>Every row, mapped, in the order of the result.</summary>
    public Task<List<T>> QueryAsync<T>(
        string sql,
        Func<NpgsqlDataReader, T> map,
        CancellationToken cancellationToken,
        params (string Name, object? Value)[] parameters
    ) =>
        RunAsync(
            sql,
            parameters,
            async (command, cancel) =>
            {
                await using var reader = await command.ExecuteReaderAsync(cancel);
                List<T> rows = [];
                while (await reader.ReadAsync(cancel))
                    rows.Add(map(reader));
                return rows;
            },
            cancellationToken
        );

    /// <summary>Passes each row to <paramref name="each"/> as it arrives and buffers none, for results of any
    /// length.</summary>
    public Task ForEachAsync(
        string sql,
        Action<NpgsqlDataReader> each,
        CancellationToken cancellationToken,
        params (string Name, object? Value)[] parameters
    ) =>
        RunOnceAsync(
            sql,
            parameters,
            async (command, cancel) =>
            {
                await using var reader = await command.ExecuteReaderAsync(cancel);
                while (await reader.ReadAsync(cancel))
                {
                    // The caller may already have left.
                    cancel.ThrowIfCancellationRequested();
                    each(reader);
                }
                return true;
            },
            cancellationToken
        );

    /// <summary>Maps each row as it arrives and waits until <paramref name="each"/> has handled it, for results that go
    /// to a receiver slower than the database.</summary>
    public Task StreamAsync<T>(
        string sql,
        Func<NpgsqlDataReader, T> map,
        Func<T, Task> each,
        CancellationToken cancellationToken,
        params (string Name, object? Value)[] parameters
    ) =>
        RunAsync(
            sql,
            parameters,
            async (command, cancel) =>
            {
                await using var reader = await command.ExecuteReaderAsync(cancel);
                while (await reader.ReadAsync(cancel))
                {
                    cancel.ThrowIfCancellationRequested();
                    await each(map(reader));
                }
                return true;
            },
            cancellationToken
        );

    /// <summary>A command continues without its caller, who was cancelled and has left.</summary>
    private protected virtual void Leave(Task running) { }

    /// <summary>Whether to run a failed command once more, because it has had no effect and may succeed now.</summary>
    private protected virtual bool MayRepeat(NpgsqlException failure) => false;

    private async Task<T> RunAsync<T>(
        string sql,
        (string Name, object? Value)[] parameters,
        Func<NpgsqlCommand, CancellationToken, Task<T>> run,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await RunOnceAsync(sql, parameters, run, cancellationToken);
        }
        catch (NpgsqlException failure) when (MayRepeat(failure))
        {
            return await RunOnceAsync(sql, parameters, run, cancellationToken);
        }
    }

    private async Task<T> RunOnceAsync<T>(
        string sql,
        (string Name, object? Value)[] parameters,
        Func<NpgsqlCommand, CancellationToken, Task<T>> run,
        CancellationToken cancellationToken
    )
    {
        // Npgsql cancels a command over a second connection and blocks the cancelling thread meanwhile. If the server
        // hangs, this would delay every other callback of the caller's token.
        CancellationTokenSource apart = new();
        using var registration = cancellationToken.UnsafeRegister(
            static source => _ = ((CancellationTokenSource)source!).CancelAsync(),
            apart
        );
        var lease = await LeaseAsync(apart.Token);
        var running = RunAsync(lease, sql, parameters, run, apart.Token);
        return await Patience.WaitAsync(running, Leave, cancellationToken);
    }

    private static async Task<T> RunAsync<T>(
        ConnectionLease lease,
        string sql,
        (string Name, object? Value)[] parameters,
        Func<NpgsqlCommand, CancellationToken, Task<T>> run,
        CancellationToken cancellationToken
    )
    {
        await using var held = lease;
        await using var command = CreateCommand(lease, sql, parameters);
        try
        {
            return await run(command, cancellationToken);
        }
        catch (PostgresException refused)
            when (DatabaseOutage.IsReadOnly(refused) || DatabaseOutage.RefusesValue(refused))
        {
            // Connections to a former primary would stay in the pool and keep failing. If the server refuses a value
            // while Npgsql prepares the statement, the two disagree on what is prepared.
            lease.Source.Clear();
            throw;
        }
    }

    private protected abstract ValueTask<ConnectionLease> LeaseAsync(CancellationToken cancellationToken);

    private static NpgsqlCommand CreateCommand(
        ConnectionLease lease,
        string sql,
        (string Name, object? Value)[] parameters
    )
    {
        SqlCommandCounter.Count();
        var positional = PositionalSql.Of(sql);
        if (positional.Text is not { } text || parameters.Length == 0)
            return CreateNamedCommand(lease, sql, parameters);
        var command = new NpgsqlCommand(text, lease.Connection, lease.Transaction);
        for (var number = 0; number < positional.Names.Count; number++)
            command.Parameters.Add(Parameter(Find(parameters, positional.Names[number], number)));
        return command;
    }

    private static NpgsqlCommand CreateNamedCommand(
        ConnectionLease lease,
        string sql,
        (string Name, object? Value)[] parameters
    )
    {
        var command = new NpgsqlCommand(sql, lease.Connection, lease.Transaction);
        foreach (var given in parameters)
        {
            var parameter = Parameter(given);
            parameter.ParameterName = given.Name;
            command.Parameters.Add(parameter);
        }
        return command;
    }

    // Most callers pass them in the order of the command.
    private static (string Name, object? Value) Find((string Name, object? Value)[] parameters, string name, int likely)
    {
        if (likely < parameters.Length && parameters[likely].Name == name)
            return parameters[likely];
        foreach (var parameter in parameters)
        {
            if (parameter.Name == name)
                return parameter;
        }
        throw new ArgumentException($"The command names a parameter {name} that is not given.");
    }

    private static NpgsqlParameter Parameter((string Name, object? Value) given) =>
        given.Value switch
        {
            null => new() { Value = DBNull.Value },
            Json json => new() { NpgsqlDbType = NpgsqlDbType.Jsonb, Value = (object?)json.Text ?? DBNull.Value },
            SqlArray list => new()
            {
                NpgsqlDbType = NpgsqlDbType.Array | list.Element,
                Value = (object?)list.Values ?? DBNull.Value,
            },
            SqlNull typed => new() { NpgsqlDbType = typed.Type, Value = DBNull.Value },
            DateTimeOffset time => new() { NpgsqlDbType = NpgsqlDbType.TimestampTz, Value = time.ToUniversalTime() },
            Primitives.Sha256Digest digest => new() { NpgsqlDbType = NpgsqlDbType.Bytea, Value = digest.Value },
            Enum => throw new ArgumentException(
                $"Parameter {given.Name} is an enum: pass the text that the schema documents."
            ),
            var value => new() { Value = value },
        };
}

/// <summary>A <c>jsonb</c> parameter.</summary>
public readonly record struct Json(string? Text);

/// <summary>An array of a stated type; the array and its elements may be NULL.</summary>
public readonly record struct SqlArray(NpgsqlDbType Element, Array? Values);

/// <summary>NULL of a stated type, for commands from which PostgreSQL cannot infer it.</summary>
public readonly record struct SqlNull(NpgsqlDbType Type)
{
    /// <summary>The value, or NULL as text.</summary>
    public static object Text(string? value) => value ?? (object)new SqlNull(NpgsqlDbType.Text);

    /// <summary>The value, or NULL as uuid.</summary>
    public static object Uuid(Guid? value) => value ?? (object)new SqlNull(NpgsqlDbType.Uuid);

    /// <summary>The value, or NULL as bigint.</summary>
    public static object Bigint(long? value) => value ?? (object)new SqlNull(NpgsqlDbType.Bigint);

    /// <summary>The value, or NULL as inet.</summary>
    public static object Inet(System.Net.IPAddress? value) => value ?? (object)new SqlNull(NpgsqlDbType.Inet);

    /// <summary>The value, or NULL as timestamptz.</summary>
    public static object Time(DateTimeOffset? value) => value ?? (object)new SqlNull(NpgsqlDbType.TimestampTz);

    /// <summary>The value, or NULL as bytea.</summary>
    public static object Bytes(byte[]? value) => value ?? (object)new SqlNull(NpgsqlDbType.Bytea);
}

internal readonly struct ConnectionLease(
    NpgsqlDataSource source,
    NpgsqlConnection connection,
    NpgsqlTransaction? transaction,
    bool owned
) : IAsyncDisposable
{
    public NpgsqlDataSource Source => source;

    public NpgsqlConnection Connection => connection;

    public NpgsqlTransaction? Transaction => transaction;

    public ValueTask DisposeAsync() => owned ? connection.DisposeAsync() : ValueTask.CompletedTask;
}
