using System.Collections.Frozen;
using System.Globalization;
using Identity.Core.Languages;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Presentation.Languages;

/// <summary>Gives pages the texts of a set, which has the name of the class that asks for it.</summary>
internal sealed class TextLocalizerFactory(TextCatalog catalog) : IStringLocalizerFactory
{
    /// <inheritdoc />
    public IStringLocalizer Create(Type resourceSource) => Create(resourceSource.Name, "");

    /// <inheritdoc />
    public IStringLocalizer Create(string baseName, string location) => new TextLocalizer(catalog, baseName);
}

/// <summary>The texts of one set in the language of the request.</summary>
internal sealed class TextLocalizer(TextCatalog catalog, string set) : IStringLocalizer
{
    /// <inheritdoc />
    public LocalizedString this[string name] =>
        Texts().TryGetValue(name, out var text) ? new(name, text) : new(name, name, resourceNotFound: true);

    /// <inheritdoc />
    public LocalizedString this[string name, params object[] arguments]
    {
        get
        {
            var text = this[name];
            return text.ResourceNotFound
                ? text
                : new(name, string.Format(CultureInfo.CurrentCulture, text.Value, arguments));
        }
    }

    /// <inheritdoc />
    public IEnumerable<LocalizedString> GetAllStrings(bool includeParentCultures) =>
        Texts().Select(static text => new LocalizedString(text.Key, text.Value));

    private FrozenDictionary<string, string> Texts() =>
        catalog.Find(set, CultureInfo.CurrentUICulture.Name)
        ?? catalog.Find(set, catalog.Languages.Current.Tag)
        ?? FrozenDictionary<string, string>.Empty;
}
