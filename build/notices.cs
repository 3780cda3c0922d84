// dotnet run build/notices.cs MATERIALS.cdx.json NOTICES.txt: writes the notices of the packages in a CycloneDX bill of
// materials: who made each, under which licence, and the text of every licence once.
using System.Text;
using System.Text.Json;

if (args is not [var materials, var notices])
{
    Console.Error.WriteLine("notices.cs MATERIALS.cdx.json NOTICES.txt");
    return 2;
}

// The texts stand beside this file, named by their SPDX id.
var licences = Path.Combine(AppContext.GetData("EntryPointFileDirectoryPath") as string ?? "build", "licenses");
using var document = JsonDocument.Parse(await File.ReadAllTextAsync(materials));
var packages = document
    .RootElement.GetProperty("components")
    .EnumerateArray()
    .Select(Package.From)
    .Where(package => package.IsShipped)
    .ToList();

List<string> lines = [];
lines.AddRange(["Identity contains these packages of others. The text of each licence stands below.", ""]);
foreach (var package in packages)
{
    lines.AddRange([
        $"{package.Name} {package.Version}",
        $"  {package.Copyright}",
        $"  Licence: {package.Licence}",
        "",
    ]);
}

var missing = new SortedSet<string>(StringComparer.Ordinal);
foreach (var licence in packages.Select(package => package.Licence).Distinct().Order(StringComparer.Ordinal))
{
    var file =
        licence == "Apache-2.0"
            ? Path.Combine(licences, "..", "..", "LICENSE")
            : Path.Combine(licences, licence + ".txt");
    if (File.Exists(file))
        lines.AddRange([new('=', 80), licence, "", await File.ReadAllTextAsync(file)]);
    else if (packages.Any(package => package.Licence == licence && package.Text is null))
        missing.Add(licence);
}
foreach (var package in packages.Where(package => package.Text is not null))
    lines.AddRange([new('=', 80), $"{package.Name} {package.Version}", "", package.Text!]);

if (missing.Count > 0)
{
    var without = packages.Where(p => missing.Contains(p.Licence)).Select(p => p.Name + ": " + p.Licence);
    Console.Error.WriteLine($"No text for the licence of {string.Join(", ", without)}. Add it to build/licenses.");
    return 1;
}
await File.WriteAllLinesAsync(notices, lines);
return 0;

internal sealed record Package(string Name, string Version, string Copyright, string Licence, string? Text)
{
    // Packages that name their licence by an address alone, each looked up by hand.
    private static readonly Dictionary<string, string> LookedUp = new(StringComparer.Ordinal)
    {
        ["Otp.NET"] = "MIT",
        ["zxcvbn-core"] = "MIT",
    };

    // Reference packages of Microsoft's: the build reads them, and nothing of them is in the archive.
    private static readonly string[] NotShipped = ["Microsoft.NETCore.Platforms", "NETStandard.Library"];

    /// <summary>Whether files of this package are in the archive.</summary>
    public bool IsShipped => !NotShipped.Contains(Name);

    public static Package From(JsonElement component)
    {
        var name = component.GetProperty("name").GetString()!;
        List<string> offered = [];
        string? text = null;
        foreach (var entry in Items(component, "licenses"))
        {
            if (entry.TryGetProperty("expression", out var expression))
                offered.AddRange(expression.GetString()!.Trim('(', ')').Split(" OR ", StringSplitOptions.TrimEntries));
            if (!entry.TryGetProperty("license", out var named))
                continue;
            if (Value(named, "id") is { } id)
                offered.Add(id);
            if (named.TryGetProperty("text", out var attached) && Value(attached, "content") is { } content)
                text ??= Encoding.UTF8.GetString(Convert.FromBase64String(content));
        }
        // Of several to choose from, the one that this program has itself.
        var licence = offered.Find(static one => one == "Apache-2.0") ?? offered.FirstOrDefault();
        licence ??= LookedUp.GetValueOrDefault(name, text is null ? "unknown" : "its own, below");
        var authors = string.Join(", ", Items(component, "authors").Select(author => Value(author, "name")));
        return new(
            name,
            Value(component, "version") ?? "",
            Value(component, "copyright") ?? $"Copyright {authors}",
            licence,
            text
        );
    }

    private static List<JsonElement> Items(JsonElement element, string name) =>
        element.TryGetProperty(name, out var list) ? [.. list.EnumerateArray()] : [];

    private static string? Value(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) ? value.GetString() : null;
}
