using Identity.Core.Data;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Identity.Testing;

/// <summary>
/// One private cluster per test process, without fsync; a template database that is migrated once; clones of it on
/// request. It ends with the process, even when that is killed.
/// </summary>
public sealed class PostgresCluster
{
    private const string Template = "identity_template";
    private static readonly Lazy<Task<PostgresCluster>> Shared = new(StartAsync);
    private static readonly SemaphoreSlim Cloning = new(1, 1);
    private static int _clones;

    private readonly EmbeddedPostgres _postgres;

    private PostgresCluster(EmbeddedPostgres postgres) => _postgres = postgres;

    /// <summary>The cluster of this process.</summary>
    public static Task<PostgresCluster> GetAsync() => Shared.Value;

    /// <summary>An empty database that belongs to the owner role.</summary>
    public Task<TestDatabase> CreateEmptyDatabaseAsync() => CreateAsync("template0");

    /// <summary>A migrated database of one's own.</summary>
    public Task<TestDatabase> CreateDatabaseAsync() => CreateAsync(Template);

    private async Task<TestDatabase> CreateAsync(string template)
    {
        var name = $"test_{Interlocked.Increment(ref _clones)}";
        // A template may be copied by one session at a time.
        await Cloning.WaitAsync();
        try
        {
            await ExecuteAsync(
                _postgres.SuperUserConnectionString(),
                $"CREATE DATABASE {name} TEMPLATE {template} OWNER identity_owner"
            );
        }
        finally
        {
            Cloning.Release();
        }

        return new TestDatabase(name, _postgres);
    }

    private static async Task<PostgresCluster> StartAsync()
    {
        var folder = Path.Combine("/tmp", "identity-tests-" + Guid.NewGuid().ToString("N")[..12]);
        var postgres = await EmbeddedPostgres.StartAsync(
            new(folder, Durable: false, EndWithProcess: true),
            NullLogger.Instance,
            CancellationToken.None
        );
        await ExecuteAsync(postgres.SuperUserConnectionString(), $"CREATE DATABASE {Template} OWNER identity_owner");
        await using (var owner = NpgsqlDataSource.Create(postgres.OwnerConnectionString(Template)))
            await new MigrationRunner(owner).UpAsync(CancellationToken.None);
        NpgsqlConnection.ClearAllPools();
        return new PostgresCluster(postgres);
    }

    private static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}

/// <summary>A database of one test class, seen through its three roles.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    private readonly EmbeddedPostgres _postgres;
    private readonly Lazy<NpgsqlDataSource> _application;
    private readonly Lazy<NpgsqlDataSource> _owner;

    internal TestDatabase(string name, EmbeddedPostgres postgres)
    {
        Name = name;
        _postgres = postgres;
        _application = new(() => NpgsqlDataSource.Create(ConnectionString));
        _owner = new(() => NpgsqlDataSource.Create(OwnerConnectionString));
    }

    /// <summary>Its name in the cluster.</summary>
    public string Name { get; }

    /// <summary>As the application connects: no right to change the schema or the audit log.</summary>
    public string ConnectionString => _postgres.ApplicationConnectionString(Name);

    /// <summary>As the migrator connects.</summary>
    public string OwnerConnectionString => _postgres.OwnerConnectionString(Name);

    /// <summary>As the cluster's superuser connects.</summary>
    public string SuperUserConnectionString => _postgres.SuperUserConnectionString(Name);

    /// <summary>The source of the application's role.</summary>
    public NpgsqlDataSource Application => _application.Value;

    /// <summary>The source of the owner.</summary>
    public NpgsqlDataSource Owner => _owner.Value;

    /// <summary>What rooms are given.</summary>
    public Database Database => new(Application);

    /// <summary>One value, asked as the owner. For looking behind the product's back.</summary>
    public async Task<T?> ScalarAsync<T>(string sql, params (string Name, object Value)[] parameters)
    {
        await using var command = Owner.CreateCommand(sql);
        foreach (var (name, value) in parameters)
            command.Parameters.AddWithValue(name, value);
        return await command.ExecuteScalarAsync() is T value2 ? value2 : default;
    }

    /// <summary>A change behind the product's back, made as the owner.</summary>
    public async Task<int> ExecuteAsync(string sql, params (string Name, object Value)[] parameters)
    {
        await using var command = Owner.CreateCommand(sql);
        foreach (var (name, value) in parameters)
            command.Parameters.AddWithValue(name, value);
        return await command.ExecuteNonQueryAsync();
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_application.IsValueCreated)
            await Application.DisposeAsync();
        if (_owner.IsValueCreated)
            await Owner.DisposeAsync();
        await using var source = NpgsqlDataSource.Create(_postgres.SuperUserConnectionString());
        await using var command = source.CreateCommand($"DROP DATABASE IF EXISTS {Name} WITH (FORCE)");
        await command.ExecuteNonQueryAsync();
    }
}
