using System.Globalization;

namespace Identity.Core.Data;

/// <summary>
/// PostgreSQL refuses to run as root. When the caller is root, its programs run as an ordinary user that the machine
/// already has: <c>postgres</c>, else <c>nobody</c>.
/// Otherwise they run as the caller.
/// </summary>
internal sealed class UnprivilegedUser
{
    private readonly string? _name;
    private readonly string[] _prefix;

    private UnprivilegedUser(string? name, string[] prefix)
    {
        _name = name;
        _prefix = prefix;
    }

    /// <summary>Finds the user to switch to.</summary>
    /// <exception cref="InvalidOperationException">The caller is root and there is no user to switch to.</exception>
    public static async Task<UnprivilegedUser> FindAsync(CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows() || Environment.UserName != "root")
            return new(null, []);
        foreach (var name in new[] { "postgres", "nobody" })
        {
            var (missing, id) = await ChildProcess.RunAsync("id", ["-u", name], cancellationToken);
            if (missing != 0)
                continue;
            var (_, group) = await ChildProcess.RunAsync("id", ["-g", name], cancellationToken);
            foreach (
                var prefix in new string[][]
                {
                    ["setpriv", "--reuid=" + id.Trim(), "--regid=" + group.Trim(), "--clear-groups", "--"],
                    ["runuser", "-u", name, "--"],
                }
            )
            {
                if ((await ChildProcess.RunAsync(prefix[0], [.. prefix[1..], "true"], cancellationToken)).ExitCode == 0)
                    return new(name, prefix);
            }
        }

        throw new InvalidOperationException(
            "PostgreSQL does not run as root, and neither setpriv nor runuser can step down to user postgres or "
                + "nobody. Start as an ordinary user, or set POSTGRES_URL."
        );
    }

    /// <summary>Runs a program as this user.</summary>
    public Task<(int ExitCode, string Output)> RunAsync(
        string program,
        IEnumerable<string> arguments,
        CancellationToken cancellationToken
    ) =>
        _prefix.Length == 0
            ? ChildProcess.RunAsync(program, arguments, cancellationToken)
            : ChildProcess.RunAsync(_prefix[0], [.. _prefix[1..], program, .. arguments], cancellationToken);

    /// <summary>The command line that runs a program as this user, for a process that nobody waits for.</summary>
    public (string Program, string[] Arguments) CommandLine(string program, params string[] arguments) =>
        _prefix.Length == 0 ? (program, arguments) : (_prefix[0], [.. _prefix[1..], program, .. arguments]);

    /// <summary>Whether this user can enter a folder. On most machines others cannot enter root's home.</summary>
    public async Task<bool> CanReachAsync(string folder, CancellationToken cancellationToken) =>
        _name is null || (await RunAsync("test", ["-x", folder], cancellationToken)).ExitCode == 0;

    /// <summary>Makes this user the owner of a file or folder.</summary>
    public async Task OwnAsync(string path, CancellationToken cancellationToken)
    {
        if (_name is null)
            return;
        var (exitCode, output) = await ChildProcess.RunAsync("chown", ["-R", _name, path], cancellationToken);
        if (exitCode != 0)
            throw new InvalidOperationException(
                string.Create(CultureInfo.InvariantCulture, $"chown {_name} {path} failed: {output.Trim()}")
            );
    }
}
