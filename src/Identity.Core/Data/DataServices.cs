using System.Data.Common;
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
    /// prepared by themselves unless it says <c>Max Auto Prepare=0</c>, as it must behind a pooler that shares
    /// sessions.</param>
    public static IServiceCollection AddData(this IServiceCollection services, string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        if (!settings.ShouldSerialize("Max Auto Prepare"))
        {
            settings.MaxAutoPrepare = 200;
            settings.AutoPrepareMinUsages = 2;
        }

        services.AddSingleton(_ => NpgsqlDataSource.Create(settings));
        services.AddSingleton<Database>();
        services.AddDbContext<IdentityDbContext>(
            static (provider, options) =>
                options
                    .UseNpgsql(provider.GetRequiredService<NpgsqlDataSource>())
                    .AddInterceptors(CountingInterceptor.Instance)
        );
        services.AddHostedService<ChangeListener>();
        return services;
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
