namespace Identity.ArchitectureTests;

/// <summary>Two folders of one parent, the first of which uses the second.</summary>
/// <param name="Parent">The folder that both are in, as a namespace.</param>
/// <param name="From">The using folder, or <see cref="Folder.OwnFiles"/>.</param>
/// <param name="To">The used folder, or <see cref="Folder.OwnFiles"/>.</param>
/// <param name="Witness">A type that does so, and the type it uses.</param>
internal sealed record FolderUse(string Parent, string From, string To, string Witness);

/// <summary>Folders at every depth: where two types part ways, one folder uses another.</summary>
internal static class Folder
{
    /// <summary>The files that lie directly in the parent folder.</summary>
    public const string OwnFiles = "(own files)";

    /// <summary>The folder of a type, as a namespace. Empty for a type that is not of the product.</summary>
    public static string Of(string type)
    {
        // The compiler names a compiled page after its path: Pages_Account_Index, Pages_Account__Layout.
        if (type.StartsWith("AspNetCoreGeneratedDocument.", StringComparison.Ordinal))
            return "Identity.Server." + string.Join('.', type.Split('.')[1].Split('_')[..^1]).TrimEnd('.');
        if (type is "Program")
            return "Identity.Server";
        var dot = type.LastIndexOf('.');
        return dot > 0 && type.StartsWith("Identity.", StringComparison.Ordinal) ? type[..dot] : "";
    }

    /// <summary>Each use between two folders, at the depth at which they part.</summary>
    public static IEnumerable<FolderUse> Uses(IEnumerable<Use> uses) =>
        uses.Select(use => (Use: use, From: Of(use.From), To: Of(use.To)))
            .Where(pair => pair.From.Length > 0 && pair.To.Length > 0 && pair.From != pair.To)
            .Select(pair => Part(pair.From.Split('.'), pair.To.Split('.'), $"{pair.Use.From} ({pair.Use.To})"))
            .DistinctBy(use => (use.Parent, use.From, use.To));

    /// <summary>For each parent folder whose folders form a cycle, the cycle with a witness of each step.</summary>
    public static IEnumerable<(string Parent, string Cycle)> Cycles(IEnumerable<FolderUse> uses) =>
        from use in uses
        group use by use.Parent into siblings
        let cycle = Room.Cycle(siblings.Select(use => (use.From, use.To)).ToHashSet())
        where cycle is not null
        select (siblings.Key, $"{siblings.Key}: {cycle}, by {string.Join("; ", Witnesses(cycle, siblings))}");

    private static FolderUse Part(string[] from, string[] to, string witness)
    {
        var depth = from.Zip(to).TakeWhile(pair => pair.First == pair.Second).Count();
        return new(string.Join('.', from[..depth]), Child(from, depth), Child(to, depth), witness);
    }

    private static string Child(string[] folder, int depth) => folder.Length > depth ? folder[depth] : OwnFiles;

    private static IEnumerable<string> Witnesses(string cycle, IEnumerable<FolderUse> siblings)
    {
        var steps = cycle.Split(" -> ");
        return steps
            .Zip(steps.Skip(1))
            .Select(step => siblings.First(use => use.From == step.First && use.To == step.Second).Witness);
    }
}
