using Identity.Core.Data;
using Identity.Server.Pages.External;
using Npgsql;

namespace Identity.Server.Hosting;

/// <summary>
/// The database of this program: the one that is configured, or, in Development with none configured, a private cluster
/// in <c>.data/</c> that is started here and stops with the last program that uses it. Where a connection is set,
/// nothing is ever started.
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

    /// <summary>The connection of the owner, who alone may change the schema (DB-6).</summary>
    public string Migrations { get; }

    /// <summary>Whether it is the private one.</summary>
    public bool IsEmbedded => _embedded is not null;

    /// <summary>Where the private cluster and the demo's secrets stand.</summary>
    public static string Folder(IHostEnvironment environment) => Path.Combine(environment.ContentRootPath, ".data");

    /// <summary>Whether a private one would be started.</summary>
    public static bool WouldEmbed(IConfiguration configuration, IHostEnvironment environment) =>
        environment.IsDevelopment()
        && string.IsNullOrWhiteSpace(configuration["ConnectionStrings:Identity"])
        && string.IsNullOrWhiteSpace(configuration["POSTGRES_URL"]);

    /// <summary>Opens it. Afterwards the configuration names it, for whatever reads it there.</summary>
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

    /// <summary>Applies what is missing, as Development does by itself.</summary>
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
        // Pooled connections would be cut off by the server's stop: they are given back first.
        NpgsqlConnection.ClearAllPools();
        await _embedded.DisposeAsync();
    }
}
