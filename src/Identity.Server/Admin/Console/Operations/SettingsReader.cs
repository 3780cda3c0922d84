using Microsoft.Extensions.Configuration.CommandLine;
using Microsoft.Extensions.Configuration.EnvironmentVariables;
using Microsoft.Extensions.Configuration.Json;

namespace Identity.Server.Admin.Console.Operations;

/// <summary>A setting as an operator sees it.</summary>
/// <param name="Value">Null for a secret, which no page shows.</param>
/// <param name="Source">Its source, such as <c>appsettings.json</c> or <c>environment</c>.</param>
internal sealed record ShownSetting(string Key, string? Value, string Source);

/// <summary>Reads the settings that are set explicitly, each with the effective source. Apps and scopes have their own
/// pages.</summary>
internal static class SettingsReader
{
    private static readonly string[] Roots = ["Identity", "Kestrel", "AllowedHosts", "ConnectionStrings"];
    private static readonly string[] Elsewhere = ["Identity:Clients", "Identity:Scopes"];

    // Keys with such a name hold secrets; so do connection strings and addresses that contain a password.
    private static readonly string[] SecretWords =
    [
        "secret",
        "password",
        "key",
        "token",
        "connectionstring",
        "passphrase",
    ];

    /// <summary>The settings by key.</summary>
    public static IReadOnlyList<ShownSetting> Read(IConfiguration configuration)
    {
        if (configuration is not IConfigurationRoot root)
            return [];
        return
        [
            .. configuration
                .AsEnumerable()
                // A source may have an empty value for the name of a whole section.
                .Where(pair => pair.Value is not null && IsShown(pair.Key))
                .Where(pair => pair.Value!.Length > 0 || !configuration.GetSection(pair.Key).GetChildren().Any())
                .OrderBy(static pair => pair.Key, StringComparer.OrdinalIgnoreCase)
                .Select(pair => new ShownSetting(
                    pair.Key,
                    IsSecret(pair.Key, pair.Value!) ? null : pair.Value,
                    SourceOf(root, pair.Key)
                )),
        ];
    }

    internal static bool IsSecret(string key, string value)
    {
        var last = key.Split(':')[^1];
        return key.StartsWith("ConnectionStrings", StringComparison.OrdinalIgnoreCase)
            || SecretWords.Any(word => key.Contains(word, StringComparison.OrdinalIgnoreCase) && !IsHarmless(last))
            || Uri.TryCreate(value, UriKind.Absolute, out var uri) && uri.UserInfo.Length > 0;
    }

    // Durations, counts and flags: their names contain such a word but their values are not secret.
    private static bool IsHarmless(string name) =>
        name.EndsWith("Lifetime", StringComparison.OrdinalIgnoreCase)
        || name.EndsWith("Enabled", StringComparison.OrdinalIgnoreCase)
        || name.EndsWith("Interval", StringComparison.OrdinalIgnoreCase)
        || name.EndsWith("Length", StringComparison.OrdinalIgnoreCase);

    private static bool IsShown(string key) =>
        Roots.Any(root => IsUnder(key, root)) && !Elsewhere.Any(other => IsUnder(key, other));

    private static bool IsUnder(string key, string root) =>
        key.Equals(root, StringComparison.OrdinalIgnoreCase)
        || key.StartsWith(root + ":", StringComparison.OrdinalIgnoreCase);

    private static string SourceOf(IConfigurationRoot root, string key) =>
        root.Providers.LastOrDefault(provider => provider.TryGet(key, out _)) switch
        {
            JsonConfigurationProvider file => file.Source.Path ?? "file",
            EnvironmentVariablesConfigurationProvider => "environment",
            CommandLineConfigurationProvider => "command line",
            null => "–",
            _ => "program",
        };
}
