using Npgsql;

namespace Identity.Core.Data;

/// <summary>
/// Opens the one connection on which an instance listens. It is none of the pool's: there it would be taken from
/// requests for ever. A keepalive finds out that the other side is gone, which nothing else would: who only listens
/// sends nothing.
/// </summary>
/// <param name="connectionString">In Npgsql's form: the application's, or the direct one where a pooler stands in front
/// of it.</param>
public sealed class ListenerConnection(string connectionString) : IAsyncDisposable
{
    private const int KeepAliveSeconds = 30;

    private readonly NpgsqlDataSource _source = PostgresDataSource.Create(
        new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, KeepAlive = KeepAliveSeconds }
    );

    /// <summary>Opens it.</summary>
    public ValueTask<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken) =>
        _source.OpenConnectionAsync(cancellationToken);

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _source.DisposeAsync();
}
