using System.Text.RegularExpressions;

namespace Identity.ArchitectureTests;

/// <summary>Folders of one parent do not depend on each other in a circle, at any depth, so that each can be read with
/// those below it alone.</summary>
public sealed partial class FolderTests
{
    private const string Server = "src/Identity.Server/";
    private const string Protocol = Server + "Protocol/";

    [Fact]
    public void Sibling_folders_form_no_cycle_at_any_depth()
    {
        var uses = Folder.Uses(CompiledHouse.Product.Uses.Concat(Partials()));

        var cycles = Folder.Cycles(uses);

        Rule.Holds(cycles.Select(cycle => cycle.Cycle));
    }

    [Fact]
    public void The_protocol_shows_at_most_ten_rooms()
    {
        var rooms = SourceTree
            .Paths.Where(path => path.StartsWith(Protocol, StringComparison.Ordinal))
            .Select(path => path[Protocol.Length..].Split('/'))
            .Where(parts => parts.Length > 1)
            .Select(parts => parts[0])
            .Distinct();

        Assert.InRange(rooms.Count(), 1, 10);
    }

    [Fact]
    public void A_namespace_is_its_folder() =>
        Rule.Holds(
            SourceTree
                .Files.Where(file => file.IsCSharp && file.IsUnder("src/Identity."))
                .Select(file => (file.Path, Namespace: Namespace().Match(file.Text).Groups["name"].Value))
                .Where(file => file.Namespace.Length > 0 && file.Namespace != NamespaceOf(file.Path))
                .Select(file => $"{file.Path} is in {file.Namespace}")
        );

    // ---- that the rules can fail ----

    [Fact]
    public void A_cycle_is_found_at_the_depth_where_it_is()
    {
        Use[] uses =
        [
            new("Identity.A.B.X", "Identity.A.C.Y", ""),
            new("Identity.A.C.D.Z", "Identity.A.B.E.W", ""),
            new("Identity.F.X", "Identity.A.B.X", ""),
        ];

        Assert.Equal(["Identity.A"], Folder.Cycles(Folder.Uses(uses)).Select(cycle => cycle.Parent));
    }

    [Fact]
    public void A_folder_that_uses_the_files_of_the_folder_that_uses_it_is_a_cycle()
    {
        Use[] uses = [new("Identity.A.X", "Identity.A.B.Y", ""), new("Identity.A.B.Z", "Identity.A.X", "")];

        Assert.Equal(["Identity.A"], Folder.Cycles(Folder.Uses(uses)).Select(cycle => cycle.Parent));
    }

    [Theory]
    [InlineData("Identity.Core.Users.UserStore", "Identity.Core.Users")]
    [InlineData("AspNetCoreGeneratedDocument.Pages_Account_Index", "Identity.Server.Pages.Account")]
    [InlineData("AspNetCoreGeneratedDocument.Pages_Shared__Frame", "Identity.Server.Pages.Shared")]
    [InlineData("Program", "Identity.Server")]
    [InlineData("System.String", "")]
    public void A_type_is_in_a_folder(string type, string folder) => Assert.Equal(folder, Folder.Of(type));

    // A page names a partial of another folder by its path, which leaves no trace in the assembly.
    private static IEnumerable<Use> Partials() =>
        from file in SourceTree.Files
        where file.Path.EndsWith(".cshtml", StringComparison.Ordinal) && file.IsUnder(Server + "Pages/")
        from part in SourceTree.Paths
        where
            part.StartsWith(Server + "Pages/", StringComparison.Ordinal)
            && file.Text.Contains($"\"/{part[Server.Length..]}\"", StringComparison.Ordinal)
        select new Use(NamespaceOf(file.Path) + ".Page", NamespaceOf(part) + ".Partial", "");

    // A namespace that ends in ".Duende" would hide the root namespace of that engine's library.
    private static string NamespaceOf(string path) =>
        string.Join('.', path["src/".Length..].Split('/')[..^1])
            .Replace("Identity.Duende", "Identity.DuendeHost", StringComparison.Ordinal);

    [GeneratedRegex("^namespace (?<name>[\\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();
}
