using System.Collections.Frozen;

namespace Identity.Core.Languages;

/// <summary>Every text in every language, read once at the start.</summary>
public sealed class TextCatalog
{
    /// <summary>The language that the texts are written in first; each other one falls back to it.</summary>
    public const string SourceTag = "en";

    /// <summary>The folder of the program's own texts.</summary>
    public static readonly string ShippedFolder = Path.Combine(AppContext.BaseDirectory, "texts");

    // The shipped files do not change while the program runs, so the hosts of one process share them.
    private static readonly Lazy<TextFolder> Shipped = new(static () => TextFolder.Read(ShippedFolder));
    private static readonly Lazy<TextCatalog> ShippedAlone = new(static () => new(TextFolder.Empty, "", []));

    private readonly FrozenDictionary<string, FrozenDictionary<string, FrozenDictionary<string, string>>> _sets;

    private TextCatalog(TextFolder own, string ownPath, IReadOnlyCollection<string> offered)
    {
        TextMerge merge = new(Shipped.Value, own, ownPath);
        var languages = merge.Languages();
        _sets = merge.Sets();
        Faults = [.. merge.Faults, .. Unknown(offered, languages)];
        var chosen = languages.Where(language =>
            offered.Count == 0 || offered.Contains(language.Tag, StringComparer.OrdinalIgnoreCase)
        );
        Language[] kept = [.. chosen.DefaultIfEmpty(new(SourceTag, "English"))];
        Languages = new(kept, offered.FirstOrDefault() ?? SourceTag);
    }

    /// <summary>The languages that are offered.</summary>
    public LanguageList Languages { get; }

    /// <summary>What is wrong with the files.</summary>
    public IReadOnlyList<TextFault> Faults { get; }

    /// <summary>The names of all sets.</summary>
    public IEnumerable<string> Sets => _sets.Keys;

    /// <summary>Reads the texts.</summary>
    public static TextCatalog Load(TextOptions options) =>
        options is { Folder: null, Languages.Count: 0 } ? ShippedAlone.Value
        : options.Folder is { } folder ? new(TextFolder.Read(folder), folder, options.Languages)
        : new(TextFolder.Empty, "", options.Languages);

    /// <summary>The texts of a set in a language; null if there is no such set or language. Read at each use, so it
    /// takes two look-ups and no allocation.</summary>
    public FrozenDictionary<string, string>? Find(string set, string tag) =>
        _sets.TryGetValue(set, out var byTag) && byTag.TryGetValue(tag, out var texts) ? texts : null;

    private static IEnumerable<TextFault> Unknown(IReadOnlyCollection<string> offered, List<Language> languages) =>
        offered
            .Where(tag => !languages.Any(one => one.Tag.Equals(tag, StringComparison.OrdinalIgnoreCase)))
            .Select(tag => new TextFault(
                $"{TextOptions.Section}:Languages",
                $"{tag} has no texts. The languages are {string.Join(", ", languages.Select(static one => one.Tag))}.",
                IsFatal: true
            ));
}
