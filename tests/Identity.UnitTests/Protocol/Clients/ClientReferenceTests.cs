using System.Reflection;
using Identity.Core.Clients;
using Identity.Testing;

namespace Identity.UnitTests.Protocol.Clients;

/// <summary>docs/clients.md lists every property of a client, with its type, and none that there is not.</summary>
public sealed class ClientReferenceTests
{
    private static readonly Type[] Documented =
    [
        typeof(ClientDefinition),
        typeof(ClientSecretDefinition),
        typeof(TokenExchangeDefinition),
    ];

    private static readonly Dictionary<Type, string> Words = new()
    {
        [typeof(string)] = "text",
        [typeof(bool)] = "boolean",
        [typeof(long)] = "number",
        [typeof(TimeSpan)] = "duration",
        [typeof(DateTimeOffset)] = "time",
        [typeof(IList<string>)] = "list",
        [typeof(IList<ClientSecretDefinition>)] = "list of objects, below",
        [typeof(TokenExchangeDefinition)] = "object, below",
    };

    // Rows of six cells, of which the first is a property in backticks.
    private static readonly string[][] Rows =
    [
        .. File.ReadLines(Repository.PathOf("docs/clients.md"))
            .Where(static line => line.StartsWith("| `", StringComparison.Ordinal))
            .Select(static line => line.Trim('|', ' ').Split(" | "))
            .Where(static cells => cells.Length == 6),
    ];

    [Fact]
    public void Every_property_has_its_row_with_its_type_and_no_row_is_too_much()
    {
        var expected = Documented
            .SelectMany(static type => type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
            .Select(static property => $"`{property.Name}`: {TypeOf(property.PropertyType)}");

        var written = Rows.Select(static cells => $"{cells[0]}: {cells[2]}");

        Assert.Equal(expected.Order(StringComparer.Ordinal), written.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_row_says_something_in_every_cell() =>
        Assert.All(Rows, static cells => Assert.DoesNotContain(cells, static cell => string.IsNullOrWhiteSpace(cell)));

    [Fact]
    public void Every_profile_is_explained()
    {
        var text = File.ReadAllText(Repository.PathOf("docs/clients.md"));

        Assert.All(
            Enum.GetNames<ClientProfile>(),
            profile => Assert.Contains($"\n| `{profile}` | ", text, StringComparison.Ordinal)
        );
    }

    private static string TypeOf(Type type)
    {
        var bare = Nullable.GetUnderlyingType(type) ?? type;
        return bare.IsEnum ? string.Join(", ", Enum.GetNames(bare).Select(static name => $"`{name}`")) : Words[bare];
    }
}
