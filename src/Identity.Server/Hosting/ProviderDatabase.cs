using Identity.Core.Data;
using Identity.Server.Pages.External;
using Npgsql;

namespace Identity.Server.Hosting;

/// <summary> The database of this program: the configured one, or, in Development without one, a private cluster in
/// <c>.data/</c> that is started here and stops with the last program that uses it. If a connection is configured, no
/// cluster is ever started.
/// </summary>
internal sealed class ProviderDatabase : IAsyncDisposable
{
    private readonly EmbeddedPostgres? _embedded;

    private ProviderDatabase(string application, string migrations, EmbeddedPostgres? embedded)
    {
        Application = application;
        Migrations = migrations;
        _embedded = embedded;
    }

    /// <summary>The connection of the application's role.</summary>
    public string Application { get; }

    /// <summary>The connection of the owner, the only role that may change the schema (DB-6).</summary>
    public string Migrations { get; }

    /// <summary>Whether it is the private cluster.</summary>
    public bool IsEmbedded => _embedded is not null;

    /// <summary>The folder of the private cluster and the demo's secrets.</summary>
    public static string Folder(IHostEnvironment environment) => Path.Combine(environment.ContentRootPath, ".data");

    /// <summary>Whether a private cluster would be started.</summary>
    public static bool WouldEmbed(IConfiguration configuration, IHostEnvironment environment) =>
        environment.IsDevelopment()
        && string.IsNullOrWhiteSpace(configuration["ConnectionStrings:Identity"])
        && string.IsNullOrWhiteSpace(configuration["POSTGRES_URL"]);

    /// <summary>Opens it. Afterwards the configuration contains its connection strings, for other readers.</summary>
    /// <exception cref="CommandFailedException">There is no connection string, or no PostgreSQL on this
    /// machine.</exception>
    public static async Task<ProviderDatabase> OpenAsync(
        WebApplicationBuilder builder,
        ILogger logger,
        CancellationToken cancellationToken
    )
    {
        var configuration = builder.Configuration;
        if (!WouldEmbed(configuration, builder.Environment))
        {
            if (StartChecks.OfConnections(configuration).ToArray() is { Length: > 0 } faults)
                throw new CommandFailedException(faults, CommandFailedException.Failed);
            return new(
                PostgresConnectionString.ForApplication(name => configuration[name])!,
                PostgresConnectionString.ForMigrations(name => configuration[name])!,
                null
            );
        }

        try
        {
            var embedded = await EmbeddedPostgres.StartAsync(
                new(Folder(builder.Environment)),
                logger,
                cancellationToken
            );
            configuration["ConnectionStrings:Identity"] = embedded.ApplicationConnectionString();
            configuration["ConnectionStrings:IdentityMigrations"] = embedded.OwnerConnectionString();
            return new(embedded.ApplicationConnectionString(), embedded.OwnerConnectionString(), embedded);
        }
        catch (Exception failed)
            when (failed is InvalidOperationException or IOException or UnauthorizedAccessException or NpgsqlException)
        {
            throw new CommandFailedException(failed.Message);
        }
    }

    /// <summary>Applies missing migrations, as Development does automatically.</summary>
    public async Task MigrateAsync(ILogger logger, CancellationToken cancellationToken)
    {
        await using var owner = PostgresDataSource.Create(Migrations);
        foreach (var migration in await new MigrationRunner(owner).UpAsync(cancellationToken))
            Log.MigrationApplied(logger, migration.Name);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_embedded is null)
            return;
        // Pooled connections are closed first, because stopping the server would break them.
        NpgsqlConnection.ClearAllPools();
        await _embedded.DisposeAsync();
    }
}
