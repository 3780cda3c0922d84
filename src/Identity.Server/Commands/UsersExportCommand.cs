using System.CommandLine;
using Identity.Core.Import.Users;
using Identity.Server.Hosting;

namespace Identity.Server.Commands;

/// <summary><c>identity users export</c>.</summary>
internal static class UsersExportCommand
{
    public static Command Create(CommandContext context)
    {
        Argument<FileInfo> file = new("file") { Description = "The file to write. It must not exist." };
        Option<bool> hashes = new("--with-password-hashes")
        {
            Description = "Also write password hashes. Anyone with the file can try passwords offline.",
        };
        Option<bool> yes = new("--yes") { Description = "Confirm that you want to write everyone's personal data." };
        Command command = new(
            "export",
            """
            Write all people as JSON Lines, which 'identity users import' reads.
            Example: identity users export people.jsonl --with-password-hashes --yes
            """
        )
        {
            file,
            hashes,
            yes,
        };
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                if (!parsed.GetValue(yes))
                    throw new CommandFailedException(
                        "This writes everyone's personal data to a file. Add --yes to do it.",
                        CommandFailedException.Usage
                    );
                var path = parsed.GetRequiredValue(file);
                await using var output = NewFile(path);
                var count = await services
                    .GetRequiredService<UserExporter>()
                    .ExportAsync(output, parsed.GetValue(hashes), CommandContext.Operator, cancel);
                await answer.GiveAsync(
                    new { count, file = path.FullName },
                    $"{count} people were written to {Answer.Printable(path.FullName)}."
                );
                return 0;
            }
        );
        return command;
    }

    /// <summary>A new file that only its owner can read; an existing file is never replaced.</summary>
    internal static FileStream NewFile(FileInfo file)
    {
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        try
        {
            return file.Open(options);
        }
        catch (Exception unwritable) when (unwritable is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException($"{Answer.Printable(file.FullName)}: {unwritable.Message}");
        }
    }
}
