using System.Reflection;
using Identity.Core.Clients;
using Identity.Server.Hosting;

namespace Identity.Server.Commands;

/// <summary>Settings of clients as operators write them: in the configuration, and as <c>NAME=VALUE</c> on the command
/// line. Their names are those of <see cref="ClientDefinition"/> in both.</summary>
internal static class ClientSettings
{
    /// <summary>Sets what <c>--set</c> names.</summary>
    /// <exception cref="CommandFailedException">A pair has no equals sign, the setting does not exist, or the value has
    /// the wrong type.</exception>
    public static void Apply(ClientDefinition definition, IReadOnlyList<string> pairs)
    {
        foreach (var pair in pairs)
        {
            if (pair.Split('=', 2) is not [{ Length: > 0 } name, var value])
                throw Usage($"--set {Answer.Printable(pair)}: must be NAME=VALUE, such as UserClaimsInIdToken=true.");
            var setting = new ConfigurationBuilder().AddInMemoryCollection([new(name, value)]).Build();
            try
            {
                setting.Bind(definition, static options => options.ErrorOnUnknownConfiguration = true);
            }
            catch (InvalidOperationException failed)
            {
                throw Usage(
                    failed.InnerException is FormatException
                        ? $"--set {Answer.Printable(name)}: '{Answer.Printable(value)}' is not a value of this setting."
                        : $"--set {Answer.Printable(name)}: a client has no such setting, "
                            + $"or '{Answer.Printable(value)}' is not a value of it. docs/clients.md lists all."
                );
            }
        }
    }

    /// <summary>Replaces the named settings: a list then has only the given values, and <c>NAME=</c> restores the
    /// default.</summary>
    /// <exception cref="CommandFailedException">As for <see cref="Apply"/>.</exception>
    public static void Replace(ClientDefinition definition, IReadOnlyList<string> pairs)
    {
        foreach (var pair in pairs)
        {
            var root = pair.Split(':', '=')[0];
            var property = typeof(ClientDefinition).GetProperty(
                root,
                BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase
            );
            if (
                property is not null
                && Nullable.GetUnderlyingType(property.PropertyType) is null
                && property.PropertyType.IsValueType
            )
                continue;
            property?.SetValue(definition, null);
        }
        Apply(definition, [.. pairs.Where(static pair => !pair.EndsWith('=') || pair.IndexOf('=') != pair.Length - 1)]);
    }

    /// <summary>The ids of the configured clients that may rely on <c>nonce</c> instead of PKCE.</summary>
    public static IEnumerable<string> WithoutPkce(IConfiguration configuration) =>
        configuration
            .GetSection("Identity:Clients")
            .GetChildren()
            .Where(static client =>
                bool.TryParse(client[nameof(ClientDefinition.AllowNonceInsteadOfPkce)], out var allowed) && allowed
            )
            .Select(static client => client[nameof(ClientDefinition.ClientId)] ?? client.Key)
            .Order(StringComparer.Ordinal);

    private static CommandFailedException Usage(string message) => new(message, CommandFailedException.Usage);
}
