using System.CommandLine;
using System.Text;
using Identity.Core.Import.Clients;
using Identity.Server.Hosting;

namespace Identity.Server.Commands;

/// <summary><c>identity clients import</c> and <c>identity clients export</c>.</summary>
internal static class ClientsImportCommand
{
    public static Command Create(CommandContext context)
    {
        Argument<FileInfo> file = new("file") { Description = "The file to read." };
        Option<ClientFileSource> source = new("--from")
        {
            Description = "The system that wrote the file.",
            DefaultValueFactory = static _ => ClientFileSource.Identity,
        };
        Option<bool> dryRun = new("--dry-run") { Description = "Check every client and write nothing." };
        Command command = new(
            "import",
            """
            Import clients from another system, and list what cannot be carried over.
            Example: identity clients import realm-export.json --from keycloak --dry-run
            """
        )
        {
            file,
            source,
            dryRun,
        };
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                var bytes = await ReadAsync(parsed.GetRequiredValue(file), cancel);
                await ClientsCommand.LoadAsync(services, cancel);
                var rows =
                    await services
                        .GetRequiredService<ClientImporter>()
                        .ImportAsync(
                            bytes,
                            parsed.GetValue(source),
                            parsed.GetValue(dryRun),
                            CommandContext.Operator,
                            cancel
                        )
                    ?? throw new CommandFailedException("The file is not JSON, or a member of an object comes twice.");
                await answer.GiveAsync(rows, [.. rows.SelectMany(row => Lines(row, parsed.GetValue(dryRun)))]);
                return rows.Any(static row => row.Outcome == "refused") ? CommandFailedException.Failed : 0;
            }
        );
        return command;
    }

    public static Command CreateExport(CommandContext context)
    {
        Argument<FileInfo> file = new("file") { Description = "The file to write. It must not exist." };
        Command command = new(
            "export",
            """
            Write the clients of the database as a settings file, with the digests of their secrets.
            Example: identity clients export clients.json
            """
        )
        {
            file,
        };
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                var text = await services.GetRequiredService<ClientImporter>().ExportAsync(cancel);
                var path = parsed.GetRequiredValue(file);
                await using var output = UsersExportCommand.NewFile(path);
                await output.WriteAsync(Encoding.UTF8.GetBytes(text + "\n"), cancel);
                await answer.GiveAsync(
                    new { file = path.FullName },
                    $"The clients were written to {Answer.Printable(path.FullName)}."
                );
                return 0;
            }
        );
        return command;
    }

    private static async Task<byte[]> ReadAsync(FileInfo file, CancellationToken cancellationToken)
    {
        await using var stream = UsersImportCommand.Open(file);
        if (stream.Length > ClientImporter.MaxFile)
            throw new CommandFailedException("The file is larger than 64 MiB.");
        var bytes = new byte[stream.Length];
        await stream.ReadExactlyAsync(bytes, cancellationToken);
        return bytes;
    }

    private static IEnumerable<string> Lines(ClientImportRow row, bool dryRun)
    {
        var outcome = row.Outcome switch
        {
            "added" when dryRun => "would be added",
            "added" => "was added",
            "present" => "is there already and stays as it is",
            var other => "was " + other,
        };
        yield return $"{Answer.Printable(row.ClientId)} {outcome}.";
        if (row.Secret is not null)
            yield return $"  Secret: {row.Secret} (shown only once)";
        foreach (var note in row.Notes)
            yield return $"  {Answer.Printable(note)}";
    }
}
