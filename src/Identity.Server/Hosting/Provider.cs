using Identity.Server.Pages.External;
using Identity.Server.Protocol.Engine;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Identity.Server.Hosting;

/// <summary>Runs one provider process: checks, opens the database, composes, runs, and stops everything that it
/// started.</summary>
internal static class Provider
{
    /// <summary>Runs until the host is stopped.</summary>
    /// <param name="hostArguments">Arguments of the host itself, such as <c>--urls=http://localhost:5000</c>.</param>
    /// <param name="configFile">An extra file of settings.</param>
    /// <param name="engine">The protocol engine.</param>
    /// <exception cref="CommandFailedException">It cannot start, for all the listed faults.</exception>
    public static async Task RunAsync(string[] hostArguments, string? configFile, IProtocolEngine engine)
    {
        var builder = HostSettings.CreateBuilder(hostArguments, configFile);
        await using var boot = Logging.CreateBootLogger(builder);
        var embedded = ProviderDatabase.WouldEmbed(builder.Configuration, builder.Environment);
        var faults = StartChecks.OfConfiguration(builder.Configuration, builder.Environment, embedded, engine);
        if (faults.Count > 0 && embedded)
            throw new CommandFailedException(faults, CommandFailedException.Failed);

        if (!embedded && StartChecks.OfConnections(builder.Configuration).Any())
            throw new CommandFailedException(
                await StartChecks.OfEverythingAsync(builder, faults, engine),
                CommandFailedException.Failed
            );
        await using var database = await ProviderDatabase.OpenAsync(builder, boot.Logger, CancellationToken.None);
        await RunAsync(builder, database, faults, engine, boot.Logger);
    }

    private static async Task RunAsync(
        WebApplicationBuilder builder,
        ProviderDatabase database,
        List<string> faults,
        IProtocolEngine engine,
        ILogger logger
    )
    {
        var exitCode = CommandFailedException.Failed;
        try
        {
            if (await SchemaFaultAsync(builder.Environment, database, logger) is { } behind)
                faults.Add(behind);
        }
        catch (CommandFailedException unreachable)
        {
            exitCode = faults.Count > 0 ? exitCode : unreachable.ExitCode;
            faults.AddRange(unreachable.Faults);
        }

        if (faults.Count > 0)
            throw new CommandFailedException(await StartChecks.OfEverythingAsync(builder, faults, engine), exitCode);

        if (
            builder.Environment.IsDevelopment()
            && (database.IsEmbedded || builder.Configuration.GetValue("Identity:Demo", false))
        )
            builder.AddDemo();
        builder.AddIdentity(database.Application, engine);
        await using var app = builder.Build();
        if (StartChecks.OfOptions(app.Services).ToArray() is { Length: > 0 } invalid)
            throw new CommandFailedException(invalid, CommandFailedException.Failed);
        app.UseIdentity(engine);
        await StartAsync(app, logger);
        await app.WaitForShutdownAsync();
    }

    private static async Task StartAsync(WebApplication app, ILogger logger)
    {
        try
        {
            await app.StartAsync();
        }
        catch (IOException taken) when (taken.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            throw new CommandFailedException(
                $"{taken.Message.TrimEnd('.')}. End the program that listens there, or choose another port: "
                    + "IDENTITY_PORT for ./run, --urls or ASPNETCORE_URLS for the provider alone."
            );
        }
        catch (OptionsValidationException faulty)
        {
            throw new CommandFailedException([.. faulty.Failures], CommandFailedException.Failed);
        }
        catch (Exception failed) when (failed is not CommandFailedException)
        {
            // The log gets the stack trace; the person gets the reason.
            Log.StartFailed(logger, failed);
            throw new CommandFailedException(
                $"The provider does not start: {failed.Message} Run: identity doctor --offline"
            );
        }
    }

    private static async Task<string?> SchemaFaultAsync(
        IHostEnvironment environment,
        ProviderDatabase database,
        ILogger logger
    )
    {
        var fault = await StartChecks.OfSchemaAsync(database.Application, CancellationToken.None);
        if (fault is null || !environment.IsDevelopment())
            return fault;
        try
        {
            await database.MigrateAsync(logger, CancellationToken.None);
            return null;
        }
        catch (Exception failed) when (failed is NpgsqlException or InvalidOperationException)
        {
            return $"{fault} ({failed.Message})";
        }
    }
}
