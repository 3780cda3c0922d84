using System.Reflection;
using Identity.Core.Administration;
using Microsoft.Extensions.Configuration;

namespace Identity.Core.Clients;

/// <summary>Reads sections <c>Identity:Clients</c> and <c>Identity:Scopes</c>. Unknown settings are faults too, because
/// a misspelt setting must not silently change what a client may do.</summary>
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
            if (Bind<ScopeDefinition>(section, nameof(ScopeDefinition.Name), failures) is not { } definition)
                continue;
            var name = definition.Name ?? section.Key;
            var faults = definition
                .Faults(name)
                .Select(fault => (Key: fault.Setting is null ? "" : $":{fault.Setting}", fault.Problem))
                .Select(fault => $"{section.Path}{fault.Key}: {fault.Problem}.")
                .ToArray();
            if (faults.Length > 0)
                failures.AddRange(faults);
            else if (scopes.Any(other => other.Name == name))
                failures.Add($"{section.Path}: the scope '{name}' is written twice.");
            else
                scopes.Add(definition.Read(name));
        }

        var known = ApiScope
            .Standard.Concat(ApiScope.Administration(AdminResource.Of(configuration)))
            .Concat(scopes)
            .Concat(storedScopes)
            .DistinctBy(scope => scope.Name)
            .ToDictionary(scope => scope.Name, StringComparer.Ordinal);
        List<Client> clients = [];
        foreach (var section in configuration.GetSection(ClientsSection).GetChildren())
        {
            if (Bind<ClientDefinition>(section, nameof(ClientDefinition.ClientId), failures) is not { } definition)
                continue;
            var id = definition.ClientId ?? section.Key;
            if (ClientReader.Read(id, definition, ClientsSection, known, failures, section.Key) is not { } client)
                continue;
            if (clients.Any(other => other.Id == id))
                failures.Add($"{section.Path}: the client '{id}' is written twice.");
            else
                clients.Add(client);
        }
        return (clients, scopes);
    }

    private static T? Bind<T>(IConfigurationSection section, string nameProperty, List<string> failures)
        where T : class, new()
    {
        if (SplitName<T>(section) is { } name)
        {
            failures.Add(
                $"{section.Path}: a key of the configuration ends at a colon. Choose another key for this section, "
                    + $"such as '{name.Replace(':', '-')}', and write \"{nameProperty}\": \"{name}\" in it."
            );
            return null;
        }
        try
        {
            return section.Get<T>(options => options.ErrorOnUnknownConfiguration = true) ?? new T();
        }
        catch (InvalidOperationException exception)
        {
            failures.AddRange(BindingFailure.WordsOf(section.Path, exception));
            return null;
        }
    }

    // A name with a colon, used as a key, arrives as nested sections: "api:read" becomes a section "api" with a section
    // "read", which is not a setting but has settings of its own. Null if the section is not such a name.
    private static string? SplitName<T>(IConfigurationSection section)
    {
        List<string> parts = [section.Key];
        for (var current = section; ; )
        {
            if (current.GetChildren().FirstOrDefault(child => IsPartOfName<T>(child)) is not { } next)
                return parts.Count > 1 ? string.Join(':', parts) : null;
            parts.Add(next.Key);
            current = next;
        }
    }

    private static bool IsPartOfName<T>(IConfigurationSection child) =>
        child.GetChildren().Any()
        && typeof(T).GetProperty(child.Key, BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase)
            is null
        && (child.GetChildren().Any(static setting => !int.TryParse(setting.Key, out _)));
}
