using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Identity.Core.Languages;

/// <summary>The texts of one language in one folder.</summary>
/// <param name="About">What <c>language.json</c> says; null if there is no such file.</param>
/// <param name="Sets">The texts by key, by set.</param>
internal sealed record TextFiles(Language? About, IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Sets)
{
    public static TextFiles None { get; } = new(null, new Dictionary<string, IReadOnlyDictionary<string, string>>());

    public string? Find(string set, string key) =>
        Sets.TryGetValue(set, out var texts) && texts.TryGetValue(key, out var text) ? text : null;
}

/// <summary> Reads a folder of texts: one folder for each language, named by its tag, in it <c>language.json</c> and
/// one flat JSON file for each set, <c>SharedTexts.json</c> for example, from key to text.
/// </summary>
internal sealed class TextFolder
{
    private const string AboutFile = "language.json";
    private const int MaxFileBytes = 1 << 20;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 4 };
    private static readonly JsonSerializerOptions About = new(JsonSerializerDefaults.Web)
    {
        AllowDuplicateProperties = false,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    private readonly List<TextFault> _faults = [];

    private TextFolder(IReadOnlyDictionary<string, TextFiles> languages) => Languages = languages;

    /// <summary>By tag.</summary>
    public IReadOnlyDictionary<string, TextFiles> Languages { get; private set; }

    /// <summary>Files that cannot be read.</summary>
    public IReadOnlyList<TextFault> Faults => _faults;

    /// <summary>No texts.</summary>
    public static TextFolder Empty { get; } = new(new Dictionary<string, TextFiles>());

    /// <summary>Reads a folder. Whatever cannot be read is a fault and left out.</summary>
    public static TextFolder Read(string path)
    {
        TextFolder folder = new(Empty.Languages);
        try
        {
            folder.Languages = Directory
                .EnumerateDirectories(path)
                .Order(StringComparer.Ordinal)
                .Where(folder.IsTag)
                .ToDictionary(static language => Path.GetFileName(language), folder.ReadLanguage);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            folder.Refuse(path, $"cannot be read: {unreadable.Message}");
        }
        return folder;
    }

    private bool IsTag(string folder)
    {
        var name = Path.GetFileName(folder);
        var canonical = CanonicalTag(name);
        if (canonical == name)
            return true;
        var problem = canonical is null ? "is not a language tag (BCP 47)" : $"is written {canonical}";
        Refuse(folder, $"the name of the folder {problem}.");
        return false;
    }

    private static string? CanonicalTag(string name)
    {
        try
        {
            return name.Length > 0 && char.IsAsciiLetter(name[0]) ? CultureInfo.GetCultureInfo(name).Name : null;
        }
        catch (CultureNotFoundException)
        {
            return null;
        }
    }

    private TextFiles ReadLanguage(string folder)
    {
        Dictionary<string, IReadOnlyDictionary<string, string>> sets = [];
        Language? about = null;
        foreach (var file in Directory.EnumerateFiles(folder, "*.json").Order(StringComparer.Ordinal))
        {
            try
            {
                if (new FileInfo(file).Length > MaxFileBytes)
                    Refuse(file, $"is larger than {MaxFileBytes / 1024} KiB.");
                else if (Path.GetFileName(file) == AboutFile)
                    about = ReadAbout(Path.GetFileName(folder), file);
                else
                    sets.Add(Path.GetFileNameWithoutExtension(file), ReadSet(file));
            }
            catch (JsonException malformed)
            {
                Refuse(file, $"is not a file of texts: {malformed.Message}");
            }
        }
        return new(about, sets);
    }

    private Language? ReadAbout(string tag, string file)
    {
        var about = JsonSerializer.Deserialize<LanguageFile>(File.ReadAllText(file), About);
        if (about is not { Name: { Length: > 0 and <= 40 } name } || name.Any(char.IsControl))
            Refuse(file, "name: must be the language's own name, 1 to 40 characters.");
        else if (about.Reviewed is not ("person" or "machine"))
            Refuse(file, "reviewed: must be person or machine.");
        else if (about.ListSeparator is { Length: 0 or > 5 })
            Refuse(file, "listSeparator: must be 1 to 5 characters.");
        else
            return new(tag, name)
            {
                ListSeparator = about.ListSeparator ?? ", ",
                IsReviewedByPerson = about.Reviewed == "person",
                Matches = about.Matches ?? [],
            };
        return null;
    }

    private static Dictionary<string, string> ReadSet(string file)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(file), Strict);
        if (json.RootElement.ValueKind != JsonValueKind.Object)
            throw new JsonException("it must be one object, from key to text.");
        Dictionary<string, string> texts = new(StringComparer.Ordinal);
        foreach (var member in json.RootElement.EnumerateObject())
        {
            texts.Add(
                member.Name,
                member.Value.ValueKind == JsonValueKind.String
                    ? member.Value.GetString()!
                    : throw new JsonException($"{member.Name} is not a text.")
            );
        }
        return texts;
    }

    private void Refuse(string place, string problem) => _faults.Add(new(place, problem, IsFatal: true));

    private sealed record LanguageFile(
        string Name,
        string Reviewed,
        string? ListSeparator = null,
        IReadOnlyList<string>? Matches = null
    );
}
