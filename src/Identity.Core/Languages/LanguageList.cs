using System.Collections.Frozen;
using System.Globalization;

namespace Identity.Core.Languages;

/// <summary>The languages that are offered, in the order of their names.</summary>
public sealed class LanguageList
{
    private const int MaxTagLength = 64;
    private readonly FrozenDictionary<string, Language> _byTag;
    private readonly FrozenDictionary<string, Language> _byExactMatch;
    private readonly FrozenDictionary<string, Language> _byPrefix;

    /// <param name="languages">The languages; must not be empty.</param>
    /// <param name="defaultTag">The tag of the one for requests that name none of them.</param>
    public LanguageList(IEnumerable<Language> languages, string defaultTag)
    {
        All = [.. languages.OrderBy(static language => language.Name, StringComparer.OrdinalIgnoreCase)];
        _byTag = All.ToFrozenDictionary(static language => language.Tag, StringComparer.OrdinalIgnoreCase);
        _byExactMatch = Matching(static match => match.EndsWith("-*", StringComparison.Ordinal) ? null : match);
        _byPrefix = Matching(static match => match.EndsWith("-*", StringComparison.Ordinal) ? match[..^2] : null);
        Default = _byTag.GetValueOrDefault(defaultTag) ?? All[0];
    }

    /// <summary>All of them.</summary>
    public IReadOnlyList<Language> All { get; }

    /// <summary>The one for requests that name none of them.</summary>
    public Language Default { get; }

    /// <summary>The language of the current request.</summary>
    public Language Current => FindOrDefault(CultureInfo.CurrentUICulture.Name);

    /// <summary>The language of a tag by the lookup of RFC 4647, section 3.4: the tag itself, then the tag with ever
    /// fewer subtags; then the same among the other tags that a language answers to. Null if it is not
    /// supported.</summary>
    public Language? Find(string? tag)
    {
        if (tag is null or { Length: 0 or > MaxTagLength })
            return null;
        var asked = tag.Replace('_', '-');
        return Shorten(asked).Select(_byTag.GetValueOrDefault).FirstOrDefault(static found => found is not null)
            ?? _byExactMatch.GetValueOrDefault(asked)
            ?? Shorten(asked).Select(_byPrefix.GetValueOrDefault).FirstOrDefault(static found => found is not null);
    }

    /// <summary>As <see cref="Find"/>, or else the default.</summary>
    public Language FindOrDefault(string? tag) => Find(tag) ?? Default;

    private FrozenDictionary<string, Language> Matching(Func<string, string?> key) =>
        All.SelectMany(language => language.Matches.Select(match => (Key: key(match), Language: language)))
            .Where(static entry => entry.Key is not null)
            .DistinctBy(static entry => entry.Key, StringComparer.OrdinalIgnoreCase)
            .ToFrozenDictionary(
                static entry => entry.Key!,
                static entry => entry.Language,
                StringComparer.OrdinalIgnoreCase
            );

    // A single character introduces an extension, which goes together with what follows it.
    private static IEnumerable<string> Shorten(string tag)
    {
        for (var rest = tag; rest.Length > 0; )
        {
            yield return rest;
            var end = rest.LastIndexOf('-');
            if (end >= 2 && rest[end - 2] == '-')
                end -= 2;
            rest = end > 0 ? rest[..end] : "";
        }
    }
}
