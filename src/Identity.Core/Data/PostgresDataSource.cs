using Npgsql;

namespace Identity.Core.Data;

/// <summary>Makes pools of connections. Every pool of the product comes from here, because Npgsql takes
/// <c>Target Session Attributes</c> of several hosts on single connections only and refuses them on a pool.</summary>
public static class PostgresDataSource
{
    /// <summary>A pool for a connection string in Npgsql's form, with one host or several.</summary>
    public static NpgsqlDataSource Create(string connectionString) =>
        Create(new NpgsqlConnectionStringBuilder(connectionString));

    /// <inheritdoc cref="Create(string)" />
    public static NpgsqlDataSource Create(NpgsqlConnectionStringBuilder settings)
    {
        if (!PostgresConnectionString.HasSeveralHosts(settings))
            return NpgsqlDataSource.Create(settings);
        var target = PostgresConnectionString.TargetOf(settings);
        var pool = new NpgsqlConnectionStringBuilder(settings.ConnectionString);
        pool.Remove("Target Session Attributes");
        return new NpgsqlDataSourceBuilder(pool.ConnectionString).BuildMultiHost().WithTargetSession(target);
    }
}
