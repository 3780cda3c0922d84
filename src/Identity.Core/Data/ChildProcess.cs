using System.ComponentModel;
using System.Diagnostics;

namespace Identity.Core.Data;

/// <summary>Runs a program to its end. Arguments are passed as a list, never through a shell.</summary>
internal static class ChildProcess
{
    /// <summary>The exit code, and what it wrote to both streams. A program that cannot be started gives 127.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(string program, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            // An ordinary user may not enter the caller's folder.
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
}
