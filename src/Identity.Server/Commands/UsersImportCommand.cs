using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Identity.Core.Import.Users;
using Identity.Server.Hosting;

namespace Identity.Server.Commands;

/// <summary><c>identity users import</c>.</summary>
internal static class UsersImportCommand
{
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(1);
    private const int BarWidth = 30;

    public static Command Create(CommandContext context)
    {
        Argument<FileInfo> file = new("file") { Description = "The file to read." };
        Option<UserFileFormat?> format = new("--format")
        {
            Description = "The format of the file. Default: by its extension (.csv, .json, .ldif, else JSON Lines).",
        };
        Option<string> source = new("--source")
        {
            Description =
                "A name for the other system, so that ids that are not UUIDs identify the same accounts later.",
            HelpName = "NAME",
            DefaultValueFactory = static _ => "import",
        };
        Option<string?> firebase = new("--firebase-parameters")
        {
            Description = "The hash parameters of a Firebase project: n=14,r=8,ss=SALT_SEPARATOR,sk=SIGNER_KEY.",
            HelpName = "PARAMETERS",
        };
        Option<FileInfo?> report = new("--report")
        {
            Description = "Where to write the refused rows, one JSON object per line.",
            HelpName = "FILE",
        };
        Option<bool> update = new("--update")
        {
            Description = "Also change accounts that exist: the fields, roles, groups and attributes in the file.",
        };
        Option<bool> passwords = new("--update-passwords")
        {
            Description = "With --update: replace the password of an account with the hash in the file.",
        };
        Option<bool> dryRun = new("--dry-run") { Description = "Check every row and write nothing." };
        Command command = new(
            "import",
            """
            Import people from another system, with their password hashes. An interrupted import can be started again.
            Example: identity users import people.jsonl --dry-run --report refused.jsonl
            """
        )
        {
            file,
            format,
            source,
            firebase,
            report,
            update,
            passwords,
            dryRun,
        };
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                var mode = ModeOf(parsed.GetValue(update), parsed.GetValue(passwords));
                var path = parsed.GetRequiredValue(file);
                await using var stream = Open(path);
                await using var refusals = parsed.GetValue(report) is { } to ? to.CreateText() : null;
                ProgressBar bar = new(
                    context.Error,
                    stream.Length,
                    shown: !answer.IsJson && !Console.IsErrorRedirected
                );
                var result = await services
                    .GetRequiredService<UserImporter>()
                    .ImportAsync(
                        stream,
                        parsed.GetValue(format) ?? FormatOf(path),
                        new(parsed.GetValue(source)!, parsed.GetValue(firebase), mode),
                        parsed.GetValue(dryRun),
                        CommandContext.Operator,
                        bar.Show,
                        row => Report(refusals ?? context.Error, row, asJson: refusals is not null),
                        cancel
                    );
                bar.End();
                if (result is UserImportResult.Unreadable unreadable)
                    throw new CommandFailedException(
                        $"{unreadable.Reason} Before that: {Summary(unreadable.SoFar, parsed.GetValue(dryRun))}"
                    );
                var finished = (UserImportResult.Finished)result;
                await answer.GiveAsync(
                    new
                    {
                        import = finished.ImportId,
                        finished.Total.Read,
                        finished.Total.Added,
                        finished.Total.Present,
                        finished.Total.Updated,
                        finished.Total.Refused,
                        dryRun = parsed.GetValue(dryRun),
                    },
                    Summary(finished.Total, parsed.GetValue(dryRun))
                );
                return 0;
            }
        );
        return command;
    }

    internal static FileStream Open(FileInfo file)
    {
        try
        {
            return file.Open(
                new FileStreamOptions
                {
                    Mode = FileMode.Open,
                    Access = FileAccess.Read,
                    Options = FileOptions.SequentialScan,
                }
            );
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException($"{Answer.Printable(file.FullName)}: {unreadable.Message}");
        }
    }

    private static UserImportUpdate ModeOf(bool update, bool passwords) =>
        (update, passwords) switch
        {
            (false, true) => throw new CommandFailedException(
                "--update-passwords needs --update.",
                CommandFailedException.Usage
            ),
            (true, true) => UserImportUpdate.FieldsAndPasswords,
            (true, false) => UserImportUpdate.Fields,
            _ => UserImportUpdate.None,
        };

    private static UserFileFormat FormatOf(FileInfo file) =>
        file.Extension.ToLowerInvariant() switch
        {
            ".csv" => UserFileFormat.Csv,
            ".json" => UserFileFormat.Json,
            ".ldif" => UserFileFormat.Ldif,
            _ => UserFileFormat.JsonLines,
        };

    private static void Report(TextWriter to, RefusedRow row, bool asJson) =>
        to.WriteLine(
            asJson
                ? System.Text.Json.JsonSerializer.Serialize(row, System.Text.Json.JsonSerializerOptions.Web)
                : $"Line {row.Line}: {row.Reason}"
        );

    private static string Summary(UserImportProgress total, bool dryRun) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{total.Read} rows: {total.Added} {(dryRun ? "would be added" : "added")}, "
                + $"{total.Updated} {(dryRun ? "would be updated" : "updated")}, "
                + $"{total.Present} already there, {total.Refused} refused."
        );

    /// <summary>A line on the terminal that is overwritten once a second.</summary>
    private sealed class ProgressBar(TextWriter terminal, long bytes, bool shown)
    {
        private readonly long _began = Stopwatch.GetTimestamp();
        private TimeSpan _last = -ProgressInterval;

        public void Show(UserImportProgress progress)
        {
            var elapsed = Stopwatch.GetElapsedTime(_began);
            if (!shown || elapsed - _last < ProgressInterval)
                return;
            _last = elapsed;
            var part = bytes == 0 ? 1 : Math.Clamp((double)progress.Bytes / bytes, 0, 1);
            var full = (int)(part * BarWidth);
            terminal.Write(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"\r[{new string('#', full)}{new string('.', BarWidth - full)}] {part:P0}  "
                        + $"{progress.Read} rows, {progress.Read / elapsed.TotalSeconds:F0} a second "
                )
            );
        }

        public void End()
        {
            if (shown)
                terminal.WriteLine();
        }
    }
}
