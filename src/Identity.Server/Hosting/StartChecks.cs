using Identity.Core.Clients;
using Identity.Core.Data;
using Identity.Core.Keys;
using Identity.Core.Passwords;
using Identity.Server.Hosting.Observability;
using Identity.Server.Protocol.Engine;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Identity.Server.Hosting;

/// <summary> The checks before the first request. All checks run before anything is reported, so that a person can fix
/// everything at once; each fault names its setting or a command. <c>doctor</c> and <c>config check</c> run the same
/// checks.
/// </summary>
internal static class StartChecks
{
    /// <summary>Faults of the configuration alone; nothing is connected to.</summary>
    public static List<string> OfConfiguration(
        IConfiguration configuration,
        IHostEnvironment environment,
        bool embedded,
        IProtocolEngine engine
    )
    {
        // Names and types first; the remaining settings are then checked by the rules of each room, so that all faults
        // are reported together.
        var wrong = SettingsCheck.Find(configuration);
        List<string> faults = [.. wrong.Select(static fault => fault.ToString())];
        configuration = SettingsCheck.Without(configuration, wrong);
        faults.AddRange(HostingOptions.Read(configuration, faults).Check(environment.IsDevelopment()));
        if (configuration.GetValue("FORWARDEDHEADERS_ENABLED", false))
            faults.Add(
                "ASPNETCORE_FORWARDEDHEADERS_ENABLED: believes every proxy. List yours in Identity:Proxies instead."
            );
        if (!PlainTextPassword.NormalizationWorks())
            faults.Add(
                "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT: must be off, and ICU installed: passwords are normalised "
                    + "before they are hashed."
            );
        if (!embedded)
            faults.AddRange(OfConnections(configuration));
        faults.AddRange(OfKeys(configuration, environment));
        faults.AddRange(ClientRegistry.Check(configuration));
        faults.AddRange(engine.Check(configuration));
        faults.AddRange(new[] { Logging.Check(configuration) }.OfType<string>());
        faults.AddRange(Telemetry.Check(configuration));
        return faults;
    }

    /// <summary>Faults of the two connection strings.</summary>
    public static IEnumerable<string> OfConnections(IConfiguration configuration)
    {
        foreach (
            var (key, find) in new (string, Func<string?>)[]
            {
                (
                    "ConnectionStrings:Identity",
                    () => PostgresConnectionString.ForApplication(name => configuration[name])
                ),
                (
                    "ConnectionStrings:IdentityMigrations",
                    () => PostgresConnectionString.ForMigrations(name => configuration[name])
                ),
            }
        )
        {
            string? fault = null;
            try
            {
                if (find() is null && key == "ConnectionStrings:Identity")
                    fault =
                        $"{key}: is missing. Set it, or POSTGRES_URL, to the database. (In Development alone a "
                        + "private one is started.)";
            }
            catch (FormatException malformed)
            {
                fault = $"{key}: {malformed.Message}";
            }

            if (fault is not null)
                yield return fault;
        }
    }

    /// <summary>Faults of the options that rooms validate, all of them.</summary>
    public static IEnumerable<string> OfOptions(IServiceProvider services)
    {
        try
        {
            services.GetService<IStartupValidator>()?.Validate();
            return [];
        }
        catch (OptionsValidationException invalid)
        {
            return invalid.Failures;
        }
        catch (AggregateException several)
            when (several.InnerExceptions.All(static inner => inner is OptionsValidationException))
        {
            return several
                .InnerExceptions.Cast<OptionsValidationException>()
                .SelectMany(static invalid => invalid.Failures);
        }
    }

    /// <summary><paramref name="faults"/> plus the faults of the rooms' options. A composition that fails because
    /// something is missing adds none.</summary>
    public static async Task<List<string>> OfEverythingAsync(
        WebApplicationBuilder builder,
        List<string> faults,
        IProtocolEngine engine
    )
    {
        SettingsCheck.Remove(builder.Configuration, SettingsCheck.Find(builder.Configuration));
        // A wrong issuer would make rooms that need one fail before the others are checked.
        if (faults.Any(static fault => fault.StartsWith("Identity:Issuer:", StringComparison.Ordinal)))
            builder.Configuration["Identity:Issuer"] = "https://issuer.invalid";
        try
        {
            builder.AddIdentity("Host=localhost;Database=identity;Username=identity", engine);
            await using var app = builder.Build();
            faults.AddRange(OfOptions(app.Services));
        }
        catch (OptionsValidationException invalid)
        {
            faults.AddRange(invalid.Failures);
        }
        catch (Exception incomplete)
            when (incomplete is InvalidOperationException or ArgumentException or FormatException && faults.Count > 0)
        {
            // The faults found so far explain the failure.
        }

        return [.. faults.Distinct(StringComparer.Ordinal)];
    }

    /// <summary>The fault of the schema; null if this program can run on it.</summary>
    /// <exception cref="CommandFailedException">The database does not answer.</exception>
    public static async Task<string?> OfSchemaAsync(string connectionString, CancellationToken cancellationToken)
    {
        await using var source = PostgresDataSource.Create(connectionString);
        try
        {
            return await new MigrationRunner(source).StateAsync(cancellationToken) switch
            {
                SchemaState.Behind => "The schema is behind this program. Run: identity migrate up",
                SchemaState.Changed =>
                    "A migration file was changed after it had been applied. Run: identity migrate status",
                _ => null,
            };
        }
        catch (Exception unreachable)
            when (unreachable is NpgsqlException or TimeoutException or System.Net.Sockets.SocketException)
        {
            throw new CommandFailedException(
                Unreachable(connectionString, unreachable),
                CommandFailedException.Unreachable
            );
        }
    }

    /// <summary>The reason for a failed connection, without its password.</summary>
    public static string Unreachable(string connectionString, Exception exception)
    {
        var where = new NpgsqlConnectionStringBuilder(connectionString);
        var why = exception is PostgresException refused
            ? refused.MessageText
            : (exception.InnerException ?? exception).Message;
        return $"The database {where.Database} at {where.Host}:{where.Port} does not take the connection of "
            + $"{where.Username}: {why.TrimEnd('.')}.{(IsPooler(exception) ? PoolerHint : "")}";
    }

    private const string PoolerHint =
        " This is PgBouncer. In transaction mode add Max Auto Prepare=0 to the connection string, or "
        + "?pgbouncer=true to the address, and give the direct connection as POSTGRES_URL_NON_POOLING.";

    // PgBouncer refuses settings at the start of a connection with a protocol violation and its own text.
    private static bool IsPooler(Exception exception) =>
        exception is PostgresException { SqlState: "08P01" } refused
        && refused.MessageText.Contains("startup parameter", StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<string> OfKeys(IConfiguration configuration, IHostEnvironment environment)
    {
        try
        {
            KeysOptions options = new();
            configuration.GetSection(KeysOptions.Section).Bind(options);
            MasterKey.Load(options, environment);
            return [];
        }
        catch (OptionsValidationException invalid)
        {
            return invalid.Failures;
        }
        catch (Exception unreadable)
            when (unreadable is InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            return [$"{KeysOptions.Section}: {unreadable.Message}"];
        }
    }
}
