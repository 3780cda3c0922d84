using System.CommandLine;
using System.Text.Json;
using Identity.Core.Data;
using Identity.Core.Keys;
using Identity.Server.Admin.Findings;
using Identity.Server.Hosting;
using Identity.Server.Protocol.Engine;
using Npgsql;

namespace Identity.Server.Commands;

/// <summary><c>identity doctor</c>: runs the checks of start-up and further ones that show only in operation; reports
/// what is wrong and what to do.</summary>
internal sealed class DoctorCommand
{
    private readonly List<Finding> _findings = [];

    public static Command Create(CommandContext context)
    {
        Option<bool> offline = new("--offline")
        {
            Description = "Do not ask the issuer's address or the mail server, for example before the first start.",
        };
        Command command = new(
            "doctor",
            """
            Check configuration, database, schema, roles, keys, clock, mail and issuer; report what is wrong and what
            to do. Exits with 0 if nothing is wrong, 1 if something is, 3 if the database or the issuer does not answer.
            Example: identity doctor --offline
            """
        )
        {
            offline,
        };
        context.On(
            command,
            (parsed, answer, cancel) =>
                new DoctorCommand().RunAsync(
                    context.CreateBuilder(parsed),
                    context.Engine,
                    parsed.GetValue(offline),
                    answer,
                    cancel
                )
        );
        return command;
    }

    private async Task<int> RunAsync(
        WebApplicationBuilder builder,
        IProtocolEngine engine,
        bool offline,
        Answer answer,
        CancellationToken cancel
    )
    {
        var issuer = builder.Configuration["Identity:Issuer"];
        var development = builder.Environment.IsDevelopment();
        var unreachable = !await LookAtDatabaseAsync(builder, cancel);
        Faults("configuration", await ConfigCommand.FaultsAsync(builder, engine), "every setting is right");
        foreach (var client in ClientSettings.WithoutPkce(builder.Configuration))
            WarnOfMissingPkce(client);
        PlaceFindings.OfFiles(builder.Configuration, Fault, Ok);
        TextsCommand.Find(builder.Configuration, Warn, Ok);
        if (!offline)
            await MailFindings.OfServerAsync(MailFindings.SettingsOf(builder), development, Fault, Warn, Ok, cancel);
        if (!offline && issuer is not null)
            unreachable |= !await LookAtIssuerAsync(issuer, cancel);

        await answer.GiveAsync(
            new { ok = _findings.All(static one => one.State != "fault"), findings = _findings },
            [.. _findings.Select(static one => $"{Mark(one.State)} {one.Check}: {one.Says}")]
        );
        return unreachable ? CommandFailedException.Unreachable
            : _findings.Any(static one => one.State == "fault") ? CommandFailedException.Failed
            : 0;
    }

    private async Task<bool> LookAtDatabaseAsync(WebApplicationBuilder builder, CancellationToken cancel)
    {
        ProviderDatabase opened;
        try
        {
            opened = await ProviderDatabase.OpenAsync(builder, CommandContext.Quiet, cancel);
        }
        catch (CommandFailedException missing)
        {
            Faults("database", missing.Faults, "");
            return true;
        }

        await using var database = opened;
        await using var source = PostgresDataSource.Create(database.Application);
        try
        {
            Ok(
                "database",
                $"answers as {new NpgsqlConnectionStringBuilder(database.Application).Username}"
                    + (database.IsEmbedded ? " (private, in .data/)" : "")
            );
            var before = TimeProvider.System.GetUtcNow();
            await using var clock = source.CreateCommand(
                "SELECT clock_timestamp(), current_setting('server_version_num')::integer"
            );
            await using (var reader = await clock.ExecuteReaderAsync(cancel))
            {
                await reader.ReadAsync(cancel);
                LookAtClock(before, reader.GetFieldValue<DateTimeOffset>(0));
                if (reader.GetInt32(1) < PostgresBinaries.OldestMajorVersion * 10_000)
                    Fault(
                        "database",
                        $"PostgreSQL {reader.GetInt32(1) / 10_000} is too old. "
                            + $"Run {PostgresBinaries.OldestMajorVersion} or newer."
                    );
            }

            await LookAtSchemaAsync(source, database, builder, cancel);
            return true;
        }
        catch (Exception failed)
            when (failed is NpgsqlException or TimeoutException or System.Net.Sockets.SocketException)
        {
            _findings.RemoveAll(static one => one.Check == "database");
            Fault("database", StartChecks.Unreachable(database.Application, failed));
            return false;
        }
    }

    private void LookAtClock(DateTimeOffset before, DateTimeOffset database)
    {
        var after = TimeProvider.System.GetUtcNow();
        var apart =
            database < before ? before - database
            : database > after ? database - after
            : TimeSpan.Zero;
        if (apart > DatabaseClock.DriftFault)
            Fault(
                "clock",
                $"the clocks of this machine and the database are {apart.TotalSeconds:0} s apart, "
                    + "so an instance here is not ready. Synchronize both with NTP."
            );
        else if (apart > DatabaseClock.DriftWarning)
            Warn(
                "clock",
                $"the clocks of this machine and the database are {apart.TotalSeconds:0.0} s apart. "
                    + "Synchronize both with NTP."
            );
        else
            Ok("clock", "agrees with the database's");
    }

    private async Task LookAtSchemaAsync(
        NpgsqlDataSource source,
        ProviderDatabase database,
        WebApplicationBuilder builder,
        CancellationToken cancel
    )
    {
        switch (await new MigrationRunner(source).StateAsync(cancel))
        {
            case SchemaState.Behind when builder.Environment.IsDevelopment():
                Warn("schema", "is behind this program; in Development the next start applies what is missing.");
                return;
            case SchemaState.Behind:
                Fault("schema", "is behind this program. Run: identity migrate up");
                return;
            case SchemaState.Changed:
                Fault("schema", "a migration file was changed after it had been applied. Run: identity migrate status");
                return;
            case SchemaState.Ahead:
                Warn("schema", "belongs to a newer program. That is right only during a deployment.");
                break;
            default:
                Ok("schema", "is what this program expects");
                break;
        }

        await DatabaseFindings.OfRolesAsync(source, Fault, Ok, cancel);
        await DatabaseFindings.OfPartitionsAsync(source, Fault, Warn, Ok, cancel);
        await DatabaseFindings.OfKeysAsync(source, MasterKeys(builder), Fault, Warn, Ok, cancel);
        await OwnerFindings.ReadAsync(database, Fault, Warn, Ok, cancel);
        await MailFindings.OfOutboxAsync(source, MailFindings.SettingsOf(builder), Warn, cancel);
        foreach (var client in await DatabaseFindings.ClientsWithoutPkceAsync(source, cancel))
            WarnOfMissingPkce(client);
        await ScopeFindings.ReadAsync(source, builder.Configuration, Warn, cancel);
    }

    // Null if the master key cannot be read, which another finding reports.
    private static IReadOnlyCollection<string>? MasterKeys(WebApplicationBuilder builder)
    {
        try
        {
            return MasterKey
                .Load(
                    builder.Configuration.GetSection(KeysOptions.Section).Get<KeysOptions>() ?? new(),
                    builder.Environment
                )
                .Ids;
        }
        catch (Exception unreadable)
            when (unreadable is Microsoft.Extensions.Options.OptionsValidationException or InvalidOperationException)
        {
            return null;
        }
    }

    private async Task<bool> LookAtIssuerAsync(string issuer, CancellationToken cancel)
    {
        var address = issuer.TrimEnd('/') + "/.well-known/openid-configuration";
        using HttpClient http = new() { Timeout = TimeSpan.FromSeconds(5) };
        try
        {
            using var response = await http.GetAsync(new Uri(address), cancel);
            if (!response.IsSuccessStatusCode)
            {
                Fault(
                    "issuer",
                    $"{address} answers {(int)response.StatusCode}. Is this provider behind that name, "
                        + "and does the proxy pass everything on?"
                );
                return true;
            }

            using var document = JsonDocument.Parse(await response.Content.ReadAsStringAsync(cancel));
            var said = document.RootElement.TryGetProperty("issuer", out var value) ? value.GetString() : null;
            if (said?.TrimEnd('/') == issuer.TrimEnd('/'))
                Ok("issuer", $"{address} answers with the same issuer");
            else
                Fault(
                    "issuer",
                    $"{address} says it is {Answer.Printable(said)}, not {issuer}. Clients would refuse its tokens. "
                        + "Set Identity:Issuer to the address that they use."
                );
            return true;
        }
        catch (Exception unreachable)
            when (unreachable is HttpRequestException or TaskCanceledException or UriFormatException
                && !cancel.IsCancellationRequested
            )
        {
            Fault(
                "issuer",
                $"{address} does not answer ({unreachable.Message.TrimEnd('.')}). Start the provider, "
                    + "or look at DNS, proxy and certificate; --offline skips this."
            );
            return false;
        }
        catch (JsonException)
        {
            Fault("issuer", $"{address} does not answer with JSON. Something else is behind that name.");
            return true;
        }
    }

    private void Faults(string check, IReadOnlyCollection<string> faults, string otherwise)
    {
        foreach (var fault in faults)
            Fault(check, fault);
        if (faults.Count == 0)
            Ok(check, otherwise);
    }

    private void WarnOfMissingPkce(string client) =>
        Warn(
            "clients",
            $"{Answer.Printable(client)} may sign people in by nonce, without PKCE (AllowNonceInsteadOfPkce): "
                + "an injected "
                + "code is then refused only if the app checks the nonce. Switch it off when the app knows PKCE."
        );

    private void Fault(string check, string says) => _findings.Add(new(check, Finding.Fault, says));

    private void Warn(string check, string says) => _findings.Add(new(check, Finding.Warning, says));

    private void Ok(string check, string says) => _findings.Add(new(check, Finding.Ok, says));

    private static string Mark(string state) =>
        state switch
        {
            "ok" => "  ok     ",
            "warning" => "  warning",
            _ => "  WRONG  ",
        };
}
