using Xunit;

namespace Identity.Testing;

/// <summary>For <c>IClassFixture</c>: a migrated database that the tests of one class share.</summary>
public sealed class DatabaseFixture : IAsyncLifetime
{
    private TestDatabase? _database;

    /// <summary>The database.</summary>
    public TestDatabase Database =>
        _database ?? throw new InvalidOperationException("The fixture was not initialised.");

    /// <inheritdoc />
    public async Task InitializeAsync() => _database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();

    /// <inheritdoc />
    public async Task DisposeAsync()
    {
        if (_database is not null)
            await _database.DisposeAsync();
    }
}
