using Npgsql;

namespace Identity.Core.Data;

/// <summary> Opens the one connection on which an instance listens. It is not part of the pool, where it would be lost
/// to requests permanently. A keepalive detects that the server is gone; nothing else would, because a listener sends
/// nothing.
/// </summary>
/// <param name="connectionString">In Npgsql's form: the application's, or the direct one if a pooler is used.</param>
public sealed class ListenerConnection(string connectionString) : IAsyncDisposable
{
    private const int KeepAliveSeconds = 30;

    private readonly NpgsqlDataSource _source = PostgresDataSource.Create(
        new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, KeepAlive = KeepAliveSeconds }
    );

    /// <summary>Opens the connection.</summary>
    public ValueTask<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken) =>
        _source.OpenConnectionAsync(cancellationToken);

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _source.DisposeAsync();
}
