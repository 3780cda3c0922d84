namespace Identity.Server.Pages.External;

/// <summary>A provider as pages show it.</summary>
/// <param name="Scheme">The authentication scheme that speaks to it.</param>
internal sealed record ExternalProvider(string Name, string Scheme, string DisplayName);

/// <summary>The providers of the configuration, in the order of their names.</summary>
internal sealed class ExternalProviders(IEnumerable<ExternalProvider> providers)
{
    public IReadOnlyList<ExternalProvider> All { get; } =
    [.. providers.OrderBy(static provider => provider.Name, StringComparer.Ordinal)];

    public ExternalProvider? Find(string? name) => All.FirstOrDefault(provider => provider.Name == name);

    public ExternalProvider? FindByScheme(string scheme) => All.FirstOrDefault(provider => provider.Scheme == scheme);

    /// <summary>What people call it; one that was taken out of the configuration keeps its bare name.</summary>
    public string NameOf(string name) => Find(name)?.DisplayName ?? name;
}
