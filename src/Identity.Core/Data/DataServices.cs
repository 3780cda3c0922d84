using System.Data.Common;
using System.Globalization;
using Identity.Core.Primitives;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Identity.Core.Data;

public static class DataServices
{
    /// <summary>Adds the room Data for the application's role: one pool, <see cref="Database"/>,
    /// <see cref="IdentityDbContext"/>, and the listener that tells rooms of changes.</summary>
    /// <param name="services">Where to add it.</param>
    /// <param name="connectionString">In Npgsql's form (<see cref="PostgresConnectionString"/>). Statements are
    /// prepared automatically unless it contains <c>Max Auto Prepare=0</c>, which is required behind a pooler that
    /// shares sessions.</param>
    /// <param name="lockTimeout">How long a statement waits for a lock before it fails, so that waiting statements do
    /// not take every connection; zero for the server's setting.</param>
    /// <param name="listenConnectionString">The connection string for LISTEN if it differs from the application's (<see
    /// cref="PostgresConnectionString.ForListening"/>).</param>
    /// <param name="standbyConnectionString">The standby that serves <see cref="StandbyReads"/>; null for none.</param>
    public static IServiceCollection AddData(
        this IServiceCollection services,
        string connectionString,
        TimeSpan lockTimeout = default,
        string? listenConnectionString = null,
        string? standbyConnectionString = null
    )
    {
        var settings = PoolSettings(connectionString, lockTimeout);
        services.AddSingleton(_ => new ListenerConnection(listenConnectionString ?? connectionString));
        services.AddSingleton(_ => new DatabaseClock(TimeProvider.System));
        services.AddSingleton(_ => new ListenerState(TimeProvider.System));
        services.AddSingleton<IServiceWarning>(static provider => provider.GetRequiredService<ListenerState>());
        services.AddSingleton(_ => PostgresDataSource.Create(settings));
        services.AddSingleton<Database>();
        if (standbyConnectionString is not null)
            services.AddSingleton(_ => new StandbySource(standbyConnectionString));
        services.AddSingleton(static provider => new StandbyReads(
            provider.GetRequiredService<Database>(),
            provider.GetService<StandbySource>()
        ));
        services.AddDbContext<IdentityDbContext>(
            static (provider, options) =>
                options
                    .UseNpgsql(provider.GetRequiredService<NpgsqlDataSource>())
                    .AddInterceptors(CountingInterceptor.Instance)
        );
        services.AddHostedService<ChangeListener>();
        return services;
    }

    /// <summary>The settings of the pool.</summary>
    internal static NpgsqlConnectionStringBuilder PoolSettings(string connectionString, TimeSpan lockTimeout)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        if (!settings.ShouldSerialize("Max Auto Prepare"))
        {
            settings.MaxAutoPrepare = 200;
            settings.AutoPrepareMinUsages = 2;
        }

        // Nothing leaves state on a connection of this pool: no setting, session lock, LISTEN or temporary table. So
        // the statements that would reset such state before every command are left out.
        if (!settings.ShouldSerialize("No Reset On Close"))
            settings.NoResetOnClose = true;

        // A pooler that shares sessions refuses a setting at the start of a connection.
        if (
            !PostgresConnectionString.SharesSessions(settings)
            && lockTimeout > TimeSpan.Zero
            && settings.Options?.Contains("lock_timeout", StringComparison.OrdinalIgnoreCase) != true
        )
        {
            var milliseconds = ((long)lockTimeout.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
            settings.Options = $"{settings.Options} -c lock_timeout={milliseconds}".TrimStart();
        }

        return settings;
    }
}

/// <summary>Commands of EF Core count as commands (<see cref="SqlCommandCounter"/>).</summary>
internal sealed class CountingInterceptor : DbCommandInterceptor
{
    public static CountingInterceptor Instance { get; } = new();

    public override DbCommand CommandInitialized(CommandEndEventData eventData, DbCommand result)
    {
        SqlCommandCounter.Count();
        return result;
    }
}
