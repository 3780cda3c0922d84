using System.Collections.Frozen;

namespace Identity.Core.Languages;

/// <summary> Puts the operator's folder over the shipped one. A text comes from the operator's folder, else from the
/// shipped one, else from the English texts of both, key by key; so every language has every text.
/// </summary>
internal sealed class TextMerge(TextFolder shipped, TextFolder own, string ownPath)
{
    private readonly List<TextFault> _faults = [.. shipped.Faults, .. own.Faults];
    private readonly TextFiles _english = Of(shipped, TextCatalog.SourceTag);

    /// <summary>What is wrong, after <see cref="Languages"/> and <see cref="Sets"/> have run.</summary>
    public IReadOnlyList<TextFault> Faults => _faults;

    /// <summary>The languages of both folders.</summary>
    public List<Language> Languages()
    {
        List<Language> languages = [];
        foreach (var tag in Tags())
        {
            if ((Of(own, tag).About ?? Of(shipped, tag).About) is { } about)
                languages.Add(about);
            else if (!_faults.Any(fault => fault.Place.EndsWith(Place(tag, "language"), StringComparison.Ordinal)))
                Add(tag, "language", null, "is missing. It names the language and says who has reviewed it.", true);
        }
        return languages;
    }

    /// <summary>The texts by key, by tag, by set.</summary>
    public FrozenDictionary<string, FrozenDictionary<string, FrozenDictionary<string, string>>> Sets()
    {
        foreach (var (tag, files) in own.Languages)
            ReportUnknown(tag, files);
        return _english.Sets.ToFrozenDictionary(
            static set => set.Key,
            set =>
                Tags()
                    .ToFrozenDictionary(
                        static tag => tag,
                        tag => MergeSet(tag, set.Key, set.Value),
                        StringComparer.OrdinalIgnoreCase
                    ),
            StringComparer.Ordinal
        );
    }

    private IEnumerable<string> Tags() =>
        shipped.Languages.Keys.Union(own.Languages.Keys, StringComparer.OrdinalIgnoreCase);

    private FrozenDictionary<string, string> MergeSet(
        string tag,
        string set,
        IReadOnlyDictionary<string, string> english
    ) =>
        english.ToFrozenDictionary(
            static text => text.Key,
            text => Choose(tag, set, text.Key, text.Value),
            StringComparer.Ordinal
        );

    private string Choose(string tag, string set, string key, string english)
    {
        if ((Sound(own, tag, set, key, english) ?? Sound(shipped, tag, set, key, english)) is { } text)
            return text;
        if (Of(own, tag).Find(set, key) is null)
            Add(tag, set, key, $"is missing; the English text is shown: {english}", false);
        return Sound(own, TextCatalog.SourceTag, set, key, english) ?? english;
    }

    // The operator's English texts are looked at by every language and reported by their own alone.
    private string? Sound(TextFolder folder, string tag, string set, string key, string english)
    {
        if (Of(folder, tag).Find(set, key) is not { } text)
            return null;
        if (TextRules.Problem(english, text) is not { } problem)
            return text;
        TextFault fault = new($"{Place(tag, set)}: {key}", $"{problem}; the text is not used.", false);
        if (!_faults.Contains(fault))
            _faults.Add(fault);
        return null;
    }

    private void ReportUnknown(string tag, TextFiles files)
    {
        foreach (var (set, texts) in files.Sets)
        {
            if (!_english.Sets.TryGetValue(set, out var known))
                Add(
                    tag,
                    set,
                    null,
                    $"is not a set of texts. The sets are {string.Join(", ", _english.Sets.Keys)}.",
                    false
                );
            foreach (var key in known is null ? [] : texts.Keys.Where(key => !known.ContainsKey(key)))
                Add(tag, set, key, "is not a text of this version.", false);
        }
    }

    private void Add(string tag, string set, string? key, string problem, bool fatal) =>
        _faults.Add(new(key is null ? Place(tag, set) : $"{Place(tag, set)}: {key}", problem, fatal));

    private string Place(string tag, string set) =>
        Path.Combine(own.Languages.ContainsKey(tag) ? ownPath : TextCatalog.ShippedFolder, tag, $"{set}.json");

    private static TextFiles Of(TextFolder folder, string tag) =>
        folder.Languages.GetValueOrDefault(tag, TextFiles.None);
}
