using System.Diagnostics;
using Identity.Testing;

namespace Identity.ArchitectureTests;

/// <summary>A file of the source tree, by its path from the root.</summary>
internal sealed record SourceFile(string Path, string Text)
{
    public IReadOnlyList<string> Lines { get; } = Text.TrimEnd('\n').Split('\n');

    public bool IsCSharp => Path.EndsWith(".cs", StringComparison.Ordinal);

    public bool IsUnder(string folder) => Path.StartsWith(folder, StringComparison.Ordinal);
}

/// <summary>The files that belong to the project: tracked by git, or about to be. In a tree without git (an archive),
/// all files that no build made.</summary>
internal static class SourceTree
{
    private static readonly string[] Binary = [".png", ".jpg", ".ico", ".woff2", ".bin", ".gz"];
    private static readonly string[] Made = ["bin", "obj", "node_modules", ".data", ".git", "artifacts", "TestResults"];

    /// <summary>All paths.</summary>
    public static IReadOnlyList<string> Paths { get; } =
    [.. List().Where(path => File.Exists(Repository.PathOf(path))).Order(StringComparer.Ordinal)];

    /// <summary>All text files.</summary>
    public static IReadOnlyList<SourceFile> Files { get; } =
    [
        .. Paths
            .Where(path => !Binary.Contains(System.IO.Path.GetExtension(path)))
            .Select(path => new SourceFile(path, File.ReadAllText(Repository.PathOf(path)))),
    ];

    private static IEnumerable<string> List()
    {
        var start = new ProcessStartInfo(
            "git",
            ["-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard"]
        )
        {
            WorkingDirectory = Repository.Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (!Directory.Exists(Repository.PathOf(".git")))
            return Walk();
        using var git = Process.Start(start) ?? throw new InvalidOperationException("git did not start.");
        var output = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        return git.ExitCode == 0 ? output.Split('\n', StringSplitOptions.RemoveEmptyEntries) : Walk();
    }

    private static IEnumerable<string> Walk() =>
        Directory
            .EnumerateFiles(Repository.Root, "*", SearchOption.AllDirectories)
            .Select(path => System.IO.Path.GetRelativePath(Repository.Root, path).Replace('\\', '/'))
            .Where(path => !path.Split('/').Any(Made.Contains));
}
