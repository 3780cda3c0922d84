using Identity.Testing;

namespace Identity.ArchitectureTests;

/// <summary>Rooms by name: <c>Core.Users</c>, <c>Server.Pages</c>. A folder within a room belongs to it.</summary>
internal static class Room
{
    /// <summary>The checked-in list.</summary>
    public const string ListFile = "tests/Identity.ArchitectureTests/rooms.txt";

    private const string CompiledPages = "AspNetCoreGeneratedDocument.";

    /// <summary>The room of a type, by its full name. Empty for a type that is not ours.</summary>
    public static string Of(string type)
    {
        // Compiled pages carry a namespace of the compiler's, and their path as their name.
        if (type.StartsWith(CompiledPages, StringComparison.Ordinal))
            return $"Server.{type[CompiledPages.Length..].Split('_')[0]}";
        if (type is "Program")
            return "Server.Program";
        var parts = type.Split('.');
        return parts is ["Identity", "Core" or "Server", _, ..]
            ? $"{parts[1]}.{(parts.Length > 3 ? parts[2] : "Program")}"
            : "";
    }

    /// <summary>Who sees whom, in the assemblies.</summary>
    public static IReadOnlySet<(string From, string To)> Seen(IEnumerable<Use> uses) =>
        uses.Select(use => (use.FromRoom, use.ToRoom))
            .Where(pair => pair.FromRoom.Length > 0 && pair.ToRoom.Length > 0 && pair.FromRoom != pair.ToRoom)
            .ToHashSet();

    /// <summary>Who may see whom, by the list: lines of <c>Core.Users -> Core.Audit</c>, either side with a star at its
    /// end.</summary>
    public static IReadOnlyList<(string From, string To)> Allowed(IEnumerable<string> lines) =>
        [
            .. lines
                .Where(line => line.Length > 0 && line[0] != '#')
                .Select(line => line.Split(" -> "))
                .Select(pair => (pair[0], pair[1])),
        ];

    /// <inheritdoc cref="Allowed(IEnumerable{string})" />
    public static IReadOnlyList<(string From, string To)> Allowed() =>
        Allowed(File.ReadLines(Repository.PathOf(ListFile)));

    /// <summary>Whether a line of the list speaks of a pair of rooms.</summary>
    public static bool Covers((string From, string To) line, (string From, string To) pair) =>
        Matches(line.From, pair.From) && Matches(line.To, pair.To);

    private static bool Matches(string pattern, string room) =>
        pattern[^1] == '*' ? room.StartsWith(pattern[..^1], StringComparison.Ordinal) : room == pattern;

    /// <summary>A way from a room back to itself; null where there is none.</summary>
    public static string? Cycle(IReadOnlySet<(string From, string To)> seen)
    {
        var next = seen.ToLookup(pair => pair.From, pair => pair.To, StringComparer.Ordinal);
        HashSet<string> done = new(StringComparer.Ordinal);
        return next.Select(rooms => rooms.Key)
            .Order(StringComparer.Ordinal)
            .Select(room => Walk(room, []))
            .FirstOrDefault(found => found is not null);

        string? Walk(string room, List<string> way)
        {
            if (way.IndexOf(room) is >= 0 and var start)
                return string.Join(" -> ", way.Skip(start).Append(room));
            if (done.Contains(room))
                return null;
            var cycle = next[room]
                .Order(StringComparer.Ordinal)
                .Select(to => Walk(to, [.. way, room]))
                .FirstOrDefault(found => found is not null);
            done.Add(room);
            return cycle;
        }
    }
}
