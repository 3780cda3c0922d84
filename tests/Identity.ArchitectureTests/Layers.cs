namespace Identity.ArchitectureTests;

/// <summary>Program, Commands and Hosting -> Pages | Protocol | Admin -> Presentation -> Browser -> rooms -> Data ->
/// Primitives.</summary>
internal static class Layers
{
    private static readonly string[] Top = ["Server.Program", "Server.Commands", "Server.Hosting"];

    /// <summary>The pairs that point the wrong way. Pages, Protocol and Admin are neighbours that do not see each
    /// other.</summary>
    public static IEnumerable<(string From, string To)> Breaches(IEnumerable<(string From, string To)> seen) =>
        seen.Where(pair =>
            Level(pair.To) >= Level(pair.From) && !(Level(pair.From) == Level(pair.To) && Level(pair.From) is 2 or 6)
        );

    /// <summary>Whether a library belongs to the web or to the protocol engine.</summary>
    public static bool IsWeb(string library) =>
        library.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal)
        || library.StartsWith("OpenIddict", StringComparison.Ordinal)
        || library.StartsWith("Duende", StringComparison.Ordinal);

    private static int Level(string room) =>
        room switch
        {
            "Core.Primitives" => 0,
            "Core.Data" => 1,
            _ when room.StartsWith("Core.", StringComparison.Ordinal) => 2,
            "Server.Browser" => 3,
            "Server.Presentation" => 4,
            _ when !Top.Contains(room) => 5,
            _ => 6,
        };
}

/// <summary>How a rule fails: with everything that breaks it at once, one a line.</summary>
internal static class Rule
{
    public static void Holds(IEnumerable<string> breaches)
    {
        var all = breaches.Distinct().Order(StringComparer.Ordinal).ToList();
        Assert.True(all.Count == 0, string.Join(Environment.NewLine, all.Prepend("")));
    }
}
