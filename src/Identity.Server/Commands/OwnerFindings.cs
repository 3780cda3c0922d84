using Identity.Core.Data;
using Identity.Server.Hosting;
using Npgsql;

namespace Identity.Server.Commands;

/// <summary>What the doctor finds out about the connection that migrates.</summary>
internal static class OwnerFindings
{
    /// <summary>The owner's connection works and uses another role than the application's.</summary>
    public static async Task ReadAsync(
        ProviderDatabase database,
        Action<string, string> fault,
        Action<string, string> warn,
        Action<string, string> ok,
        CancellationToken cancel
    )
    {
        var owner = new NpgsqlConnectionStringBuilder(database.Migrations).Username;
        if (owner == new NpgsqlConnectionStringBuilder(database.Application).Username)
        {
            warn(
                "owner",
                "ConnectionStrings:IdentityMigrations is not set, so migrate would use the application's role. "
                    + "Set it where migrations run; the provider itself does not need it."
            );
            return;
        }

        await using var source = PostgresDataSource.Create(database.Migrations);
        try
        {
            await using var command = source.CreateCommand(
                "SELECT pg_has_role(current_user, relowner, 'USAGE') FROM pg_class WHERE oid = 'public.users'::regclass"
            );
            if (await command.ExecuteScalarAsync(cancel) is true)
                ok("owner", $"{owner} owns the schema");
            else
                fault("owner", $"{owner} does not own the schema, so it cannot migrate it.");
        }
        catch (NpgsqlException failed)
        {
            fault("owner", StartChecks.Unreachable(database.Migrations, failed));
        }
    }
}
