using System.Diagnostics;

namespace Identity.Testing;

/// <summary>The independent clients of <c>tests/interop</c>, from their own packages, installed by their lock file when
/// they are not there.</summary>
public static class NodePackages
{
    private static readonly Lazy<Task> Installed = new(InstallAsync);

    /// <summary>Where they are.</summary>
    public static string Folder { get; } = Repository.PathOf("tests/interop");

    /// <summary>Installs what the lock file names, once a process.</summary>
    public static Task InstalledAsync() => Installed.Value;

    /// <summary>A program run in the folder. Both its streams come back together.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(
        string program,
        IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string>? environment = null
    )
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(deadline.Token);
            var errors = process.StandardError.ReadToEndAsync(deadline.Token);
            await process.WaitForExitAsync(deadline.Token);
            return (process.ExitCode, await output + await errors);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    private static async Task InstallAsync()
    {
        // npm leaves this note of what it installed. Older than the lock file means that the lock file has changed
        // since.
        var note = new FileInfo(Path.Combine(Folder, "node_modules", ".package-lock.json"));
        if (note.Exists && note.LastWriteTimeUtc >= File.GetLastWriteTimeUtc(Path.Combine(Folder, "package-lock.json")))
            return;
        var (exitCode, output) = await RunAsync("npm", ["ci", "--prefer-offline", "--no-audit", "--no-fund"]);
        if (exitCode != 0)
            throw new InvalidOperationException($"npm ci failed:{Environment.NewLine}{output}");
    }
}
