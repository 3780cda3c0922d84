using System.ComponentModel;
using System.Diagnostics;

namespace Identity.Core.Data;

/// <summary>Runs a program to its end. Arguments are passed as a list, never through a shell.</summary>
internal static class ChildProcess
{
    /// <summary>The exit code and the output of both streams. A program that cannot be started returns 127.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(
        string program,
        IEnumerable<string> arguments,
        CancellationToken cancellationToken
    )
    {
        if (Find(program) is not { } path)
            return (127, $"{program} is not on the PATH.");
        var start = new ProcessStartInfo(path, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            // The other user may not be able to enter the caller's folder.
            WorkingDirectory = Path.GetPathRoot(Path.GetTempPath())!,
        };
        start.Environment["LC_MESSAGES"] = "C";
        try
        {
            using var process = Process.Start(start)!;
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var errors = process.StandardError.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return (process.ExitCode, await output + await errors);
        }
        catch (Win32Exception missing)
        {
            return (127, missing.Message);
        }
    }

    /// <summary> The path of a program on the PATH; null if there is none. .NET would search the current directory
    /// first, which may contain a file of the same name: a checkout of this project has a file <c>test</c>.
    /// </summary>
    public static string? Find(string program)
    {
        if (OperatingSystem.IsWindows() || program.Contains('/', StringComparison.Ordinal))
            return program;
        return (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Where(Path.IsPathRooted)
            .Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(File.Exists);
    }
}
