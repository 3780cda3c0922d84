using System.Globalization;
using System.Text.RegularExpressions;

namespace Identity.Core.Data;

/// <summary>Finds the programs of a PostgreSQL server on this machine.</summary>
public sealed partial record PostgresBinaries(string Directory, int MajorVersion)
{
    /// <summary>The oldest supported server version.</summary>
    public const int OldestMajorVersion = 15;

    /// <summary>The message if there is none.</summary>
    public const string HowToInstall =
        "No PostgreSQL 15 or newer was found. Install its server (Debian, Ubuntu: apt-get install postgresql; Fedora: "
        + "dnf install postgresql-server; macOS: brew install postgresql@17), "
        + "or name its folder in IDENTITY_POSTGRES_BIN, or set POSTGRES_URL to a server you have.";

    /// <summary>The full path of a program.</summary>
    public string Program(string name) => Path.Combine(Directory, OperatingSystem.IsWindows() ? name + ".exe" : name);

    /// <summary>The newest server found: <c>IDENTITY_POSTGRES_BIN</c>, the PATH, and the folders where Debian, Fedora,
    /// Homebrew and Windows keep theirs.</summary>
    public static Task<PostgresBinaries?> FindAsync(CancellationToken cancellationToken) =>
        FindAsync(Candidates(), cancellationToken);

    internal static async Task<PostgresBinaries?> FindAsync(
        IEnumerable<string> folders,
        CancellationToken cancellationToken
    )
    {
        PostgresBinaries? best = null;
        foreach (var folder in folders.Distinct(StringComparer.Ordinal))
        {
            if (
                await ProbeAsync(folder, cancellationToken) is { } found
                && found.MajorVersion >= OldestMajorVersion
                && found.MajorVersion > (best?.MajorVersion ?? 0)
            )
                best = found;
        }

        return best;
    }

    private static IEnumerable<string> Candidates()
    {
        if (Environment.GetEnvironmentVariable("IDENTITY_POSTGRES_BIN") is { Length: > 0 } named)
        {
            yield return named;
            yield break;
        }

        foreach (
            var folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(
                Path.PathSeparator,
                StringSplitOptions.RemoveEmptyEntries
            )
        )
            yield return folder;
        foreach (
            var (root, pattern) in new[]
            {
                ("/usr/lib/postgresql", "*"),
                ("/usr", "pgsql-*"),
                ("/opt/homebrew/opt", "postgresql*"),
                ("/usr/local/opt", "postgresql*"),
                (@"C:\Program Files\PostgreSQL", "*"),
            }
        )
        {
            if (System.IO.Directory.Exists(root))
            {
                foreach (var folder in System.IO.Directory.EnumerateDirectories(root, pattern))
                    yield return Path.Combine(folder, "bin");
            }
        }
    }

    private static async Task<PostgresBinaries?> ProbeAsync(string folder, CancellationToken cancellationToken)
    {
        var candidate = new PostgresBinaries(folder, 0);
        if (
            !File.Exists(candidate.Program("initdb"))
            || !File.Exists(candidate.Program("pg_ctl"))
            || !File.Exists(candidate.Program("postgres"))
        )
            return null;
        var (exitCode, output) = await ChildProcess.RunAsync(
            candidate.Program("postgres"),
            ["--version"],
            cancellationToken
        );
        var version = VersionNumber().Match(output);
        return exitCode == 0 && version.Success
            ? candidate with
            {
                MajorVersion = int.Parse(version.Groups[1].Value, CultureInfo.InvariantCulture),
            }
            : null;
    }

    [GeneratedRegex(@"(\d+)(\.\d+|devel|beta|rc)")]
    private static partial Regex VersionNumber();
}
