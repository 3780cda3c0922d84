using System.Text.RegularExpressions;
using System.Xml.Linq;
using Identity.Testing;

namespace Identity.ArchitectureTests;

/// <summary>What the build holds to.</summary>
public sealed partial class BuildTests
{
    private static readonly XDocument Packages = XDocument.Load(Repository.PathOf("Directory.Packages.props"));

    [Fact]
    public void Every_package_is_pinned_exactly() =>
        Rule.Holds(
            Packages
                .Descendants("PackageVersion")
                .Where(package => !IsExact(Version(package)))
                .Select(package => $"{Name(package)} {Version(package)}")
        );

    [Fact]
    public void Packages_that_follow_the_framework_are_of_its_major_version() =>
        Rule.Holds(
            Packages
                .Descendants("PackageVersion")
                .Where(package =>
                    FollowsFramework().IsMatch(Name(package))
                    && !Version(package).StartsWith("10.", StringComparison.Ordinal)
                )
                .Select(package =>
                    $"{Name(package)} {Version(package)}: an unpinned or later major version does not run on .NET 10"
                )
        );

    [Fact]
    public void Projects_leave_versions_to_the_one_list()
    {
        var projects = SourceTree.Files.Where(file =>
            file.Path.EndsWith(".csproj", StringComparison.Ordinal) && !IsApart(file.Path)
        );

        Rule.Holds(projects.Where(file => OwnVersion().IsMatch(file.Text)).Select(file => file.Path));
    }

    [Fact]
    public void Every_project_has_a_lock_file_and_is_in_the_solution()
    {
        var solution = File.ReadAllText(Repository.PathOf("Identity.sln")).Replace('\\', '/');
        var projects = SourceTree
            .Paths.Where(path => path.EndsWith(".csproj", StringComparison.Ordinal) && !IsApart(path))
            .ToList();

        Rule.Holds(
            projects
                .Where(path => !SourceTree.Paths.Contains(Path.GetDirectoryName(path) + "/packages.lock.json"))
                .Select(path => $"{path}: no packages.lock.json")
        );
        Rule.Holds(
            projects
                .Where(path => !solution.Contains(path, StringComparison.Ordinal))
                .Select(path => $"{path}: not in Identity.sln")
        );
        Assert.DoesNotContain("Duende", solution, StringComparison.Ordinal);
    }

    [Fact]
    public void The_host_on_the_licensed_engine_pins_its_package_itself()
    {
        var own = SourceTree.Files.Single(file => file.Path == "src/Identity.Duende/Identity.Duende.csproj");
        var package = XDocument
            .Parse(own.Text)
            .Descendants("PackageReference")
            .Single(one => one.Attribute("VersionOverride") is not null);

        Assert.True(IsExact(package.Attribute("VersionOverride")!.Value));
        Assert.DoesNotContain(Packages.Descendants("PackageVersion"), one => Name(one) == Name(package));
    }

    [Fact]
    public void Warnings_are_errors_and_the_banned_symbols_are_watched()
    {
        var build = XDocument.Load(Repository.PathOf("Directory.Build.props"));

        Assert.Equal("true", build.Descendants("TreatWarningsAsErrors").Single().Value);
        Assert.Contains(
            build.Descendants("PackageReference"),
            package => Name(package) == "Microsoft.CodeAnalysis.BannedApiAnalyzers"
        );
        Assert.Contains(
            build.Descendants("AdditionalFiles"),
            file => Name(file).EndsWith("BannedSymbols.txt", StringComparison.Ordinal)
        );
        Rule.Holds(
            SourceTree
                .Files.Where(file =>
                    BannedSilenced().IsMatch(file.Text) && !file.IsUnder("tests/Identity.ArchitectureTests/")
                )
                .Select(file => $"{file.Path} silences the banned symbols")
        );
        Rule.Holds(
            new[] { "System.DateTime.UtcNow", "System.DateTimeOffset.UtcNow", "System.Random.#ctor", "Task`1.Result" }
                .Where(symbol =>
                    !File.ReadAllText(Repository.PathOf("BannedSymbols.txt")).Contains(symbol, StringComparison.Ordinal)
                )
                .Select(symbol => $"not banned: {symbol}")
        );
    }

    // The ignore file names what is let in, so a folder that is missing there stops the build of the image.
    [Fact]
    public void The_image_is_built_from_files_that_its_context_lets_in()
    {
        var allowed = File.ReadAllLines(Repository.PathOf(".dockerignore"))
            .Where(line => line.StartsWith('!'))
            .Select(line => line[1..].Trim('/'))
            .ToHashSet(StringComparer.Ordinal);
        var copied = File.ReadAllLines(Repository.PathOf("Dockerfile"))
            .Where(line =>
                line.StartsWith("COPY ", StringComparison.Ordinal)
                && !line.Contains("--from=", StringComparison.Ordinal)
            )
            .SelectMany(line => line.Split(' ')[1..^1])
            .ToList();

        Assert.Contains("db/", copied);
        Rule.Holds(
            copied.Where(path => !allowed.Contains(path.Split('/')[0])).Select(path => $"{path}: not in .dockerignore")
        );
        Rule.Holds(
            copied
                .Where(path => !SourceTree.Paths.Any(file => file.StartsWith(path, StringComparison.Ordinal)))
                .Select(path => $"{path}: not in the source tree")
        );
    }

    [Theory]
    [InlineData("10.0.15", true)]
    [InlineData("4.2.0", true)]
    [InlineData("10.*", false)]
    [InlineData("[1.0.0,2.0.0)", false)]
    [InlineData("", false)]
    public void An_open_version_is_found(string version, bool exact) => Assert.Equal(exact, IsExact(version));

    // The host on the licensed engine builds only where that can be restored: it has a solution of its own.
    private static bool IsApart(string path) =>
        path.StartsWith("src/Identity.Duende/", StringComparison.Ordinal)
        || path.StartsWith("tests/Identity.DuendeTests/", StringComparison.Ordinal);

    private static string Name(XElement element) => element.Attribute("Include")?.Value ?? "";

    private static string Version(XElement element) => element.Attribute("Version")?.Value ?? "";

    private static bool IsExact(string version) => Exact().IsMatch(version);

    [GeneratedRegex("^\\d+\\.\\d+\\.\\d+(\\.\\d+)?(-[a-z0-9.]+)?$")]
    private static partial Regex Exact();

    [GeneratedRegex("^Microsoft\\.(AspNetCore|EntityFrameworkCore|Extensions)\\.")]
    private static partial Regex FollowsFramework();

    [GeneratedRegex("<PackageReference[^>]*\\sVersion(Override)?=")]
    private static partial Regex OwnVersion();

    [GeneratedRegex("RS0030.{0,40}(none|silent|suggestion)|NoWarn>[^<]*RS0030")]
    private static partial Regex BannedSilenced();
}
