namespace Identity.Server.Pages.External;

/// <summary>A provider as pages show it.</summary>
/// <param name="Scheme">Its authentication scheme.</param>
internal sealed record ExternalProvider(string Name, string Scheme, string DisplayName);

/// <summary>The configured providers, ordered by name.</summary>
internal sealed class ExternalProviders(IEnumerable<ExternalProvider> providers)
{
    public IReadOnlyList<ExternalProvider> All { get; } =
    [.. providers.OrderBy(static provider => provider.Name, StringComparer.Ordinal)];

    public ExternalProvider? Find(string? name) => All.FirstOrDefault(provider => provider.Name == name);

    public ExternalProvider? FindByScheme(string scheme) => All.FirstOrDefault(provider => provider.Scheme == scheme);

    /// <summary>Its display name; a provider that was removed from the configuration keeps its internal name.</summary>
    public string NameOf(string name) => Find(name)?.DisplayName ?? name;
}
