using System.Globalization;
using Identity.Core.Primitives;
using Identity.Server.Pages.External.Providers;

namespace Identity.Server.Pages.External;

/// <summary>A provider as pages show it.</summary>
/// <param name="Scheme">Its authentication scheme.</param>
/// <param name="Order">The position of its button.</param>
/// <param name="AllowsSignUp">Whether its verified addresses create accounts.</param>
/// <param name="Domains">The canonical domains whose people sign in with it.</param>
internal sealed record ExternalProvider(
    string Name,
    string Scheme,
    string DisplayName,
    ExternalProviderType Type,
    int Order,
    bool AllowsSignUp,
    IReadOnlyList<string> Domains
)
{
    /// <summary>The first letter of its name, as a neutral mark: logos are trademarks with terms of their
    /// own.</summary>
    public string Mark => StringInfo.GetNextTextElement(DisplayName);

    public static ExternalProvider Of(string name, string scheme, ExternalProviderOptions options) =>
        new(
            name,
            scheme,
            options.ShownName,
            options.Type,
            options.Order,
            options.SignUp,
            [.. options.Domains.Select(EmailAddress.CanonicalDomain).OfType<string>()]
        );
}

/// <summary>The configured providers, in the order of their buttons.</summary>
internal sealed class ExternalProviders(IEnumerable<ExternalProvider> providers)
{
    public IReadOnlyList<ExternalProvider> All { get; } =
    [
        .. providers
            .OrderBy(static provider => provider.Order)
            .ThenBy(static provider => provider.Name, StringComparer.Ordinal),
    ];

    public ExternalProvider? Find(string? name) => All.FirstOrDefault(provider => provider.Name == name);

    /// <summary>The first provider of the address's domain; null if there is none. Depends on the settings alone, never
    /// on an account (EN-1).</summary>
    public ExternalProvider? HomeOf(EmailAddress address) =>
        All.FirstOrDefault(provider => provider.Domains.Contains(address.Domain));

    public ExternalProvider? FindByScheme(string scheme) => All.FirstOrDefault(provider => provider.Scheme == scheme);

    /// <summary>Its display name; a provider that was removed from the configuration keeps its internal name.</summary>
    public string NameOf(string name) => Find(name)?.DisplayName ?? name;
}
