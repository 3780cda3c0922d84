namespace Identity.Testing;

/// <summary>The source tree, for tests that read files of it.</summary>
public static class Repository
{
    /// <summary>The folder of the solution.</summary>
    public static string Root { get; } = Find();

    /// <summary>The full path of a file in it.</summary>
    public static string PathOf(string relative) => Path.Combine(Root, relative);

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Identity.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("Tests run from inside the source tree.");
    }
}
