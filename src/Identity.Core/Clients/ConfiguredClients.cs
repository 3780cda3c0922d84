using Microsoft.Extensions.Configuration;

namespace Identity.Core.Clients;

/// <summary>Reads sections <c>Identity:Clients</c> and <c>Identity:Scopes</c>. Unknown settings are faults too: a
/// typing error must not quietly change what a client may do.</summary>
internal static class ConfiguredClients
{
    public const string ClientsSection = "Identity:Clients";
    public const string ScopesSection = "Identity:Scopes";

    public static (IReadOnlyList<Client> Clients, IReadOnlyList<ApiScope> Scopes) Read(
        IConfiguration configuration,
        IReadOnlyList<ApiScope> storedScopes,
        List<string> failures
    )
    {
        List<ApiScope> scopes = [];
        foreach (var section in configuration.GetSection(ScopesSection).GetChildren())
        {
            if (ApiScope.Standard.Any(standard => standard.Name == section.Key))
                failures.Add($"{section.Path}: is a scope of OpenID Connect and cannot be redefined.");
            else if (Bind<ScopeDefinition>(section, failures) is { } definition)
                scopes.Add(definition.Read(section.Key));
        }

        var known = ApiScope
            .Standard.Concat(scopes)
            .Concat(storedScopes)
            .DistinctBy(scope => scope.Name)
            .ToDictionary(scope => scope.Name, StringComparer.Ordinal);
        List<Client> clients = [];
        foreach (var section in configuration.GetSection(ClientsSection).GetChildren())
        {
            if (
                Bind<ClientDefinition>(section, failures) is { } definition
                && ClientReader.Read(section.Key, definition, ClientsSection, known, failures) is { } client
            )
                clients.Add(client);
        }
        return (clients, scopes);
    }

    private static T? Bind<T>(IConfigurationSection section, List<string> failures)
        where T : class, new()
    {
        try
        {
            return section.Get<T>(options => options.ErrorOnUnknownConfiguration = true) ?? new T();
        }
        catch (InvalidOperationException exception)
        {
            failures.Add($"{section.Path}: {exception.InnerException?.Message ?? exception.Message}");
            return null;
        }
    }
}
