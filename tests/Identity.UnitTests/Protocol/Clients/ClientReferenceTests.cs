using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Identity.Core.Clients;
using Identity.Testing;
using Identity.UnitTests.Protocol.Tokens.Jose;

namespace Identity.UnitTests.Protocol.Clients;

/// <summary>docs/clients.md lists every property of a client with its type, its default and its limits, and none that
/// there is not.</summary>
public sealed partial class ClientReferenceTests
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

    /// <summary>Defaults that are written as values: "`00:10:00`", "`true` for `Native`", or with that of another
    /// profile behind it, "`7.00:00:00`; `Spa`: `04:00:00`".</summary>
    public static TheoryData<string, string, string> Defaults()
    {
        TheoryData<string, string, string> data = [];
        foreach (var cells in Rows.Where(static cells => Properties.ContainsKey(cells[0].Trim('`'))))
        {
            if (Default().Match(cells[3]) is not { Success: true } match)
                continue;
            var only = match.Groups["only"];
            data.Add(cells[0].Trim('`'), only.Success ? only.Value : "Web", match.Groups["value"].Value);
            foreach (var (profile, value) in match.Groups["profile"].Captures.Zip(match.Groups["other"].Captures))
                data.Add(cells[0].Trim('`'), profile.Value, value.Value);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Defaults))]
    public void A_default_is_what_the_program_uses(string name, string profile, string expected)
    {
        var client = ProtocolClients.Read(("Profile", profile), ("TokenEndpointAuthMethod", "none"));

        Assert.Equal(expected, TextOf(Properties[name](client)));
    }

    /// <summary>Limits that are written as a range: "5 seconds to 10 minutes", "5 to 60 seconds".</summary>
    public static TheoryData<string, long, long> Ranges()
    {
        TheoryData<string, long, long> data = [];
        foreach (var cells in Rows)
        {
            if (Range().Match(cells[4]) is { Success: true } range)
                data.Add(cells[0].Trim('`'), SecondsOf(range, "from", "fromUnit"), SecondsOf(range, "to", "toUnit"));
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Ranges))]
    public void A_range_is_what_the_program_allows(string name, long from, long to)
    {
        Assert.False(IsRefused(name, from));
        Assert.False(IsRefused(name, to));
        Assert.True(IsRefused(name, from - 1));
        Assert.True(IsRefused(name, to + 1));
    }

    [Fact]
    public void There_are_defaults_and_ranges_to_compare()
    {
        Assert.True(Defaults().Count > 25);
        Assert.True(Ranges().Count > 6);
    }

    private static readonly Dictionary<string, Func<Client, object?>> Properties = new[]
    {
        (Type: typeof(Client), Owner: (Func<Client, object>)(static client => client)),
        (Type: typeof(ClientProtocols), Owner: static client => client.Protocols),
    }
        .SelectMany(static part =>
            part.Type.GetProperties().Select(property => (property.Name, Read: Reader(part.Owner, property)))
        )
        .DistinctBy(static pair => pair.Name)
        .ToDictionary(static pair => pair.Name, static pair => pair.Read);

    private static Func<Client, object?> Reader(Func<Client, object> owner, PropertyInfo property) =>
        client => property.GetValue(owner(client));

    private static string TextOf(object? value) =>
        value switch
        {
            bool flag => flag ? "true" : "false",
            TimeSpan span => span.ToString("c", CultureInfo.InvariantCulture),
            _ => value?.ToString() ?? "",
        };

    private static bool IsRefused(string name, long seconds)
    {
        var isNumber = typeof(ClientDefinition).GetProperty(name)!.PropertyType == typeof(long?);
        var value = isNumber
            ? seconds.ToString(CultureInfo.InvariantCulture)
            : TimeSpan.FromSeconds(seconds).ToString("c", CultureInfo.InvariantCulture);
        return ProtocolClients
            .Failures(("TokenEndpointAuthMethod", "none"), (name, value))
            .Any(failure => failure.Contains(":" + name, StringComparison.Ordinal));
    }

    private static long SecondsOf(Match range, string number, string unit)
    {
        var factor = (range.Groups[unit].Success ? range.Groups[unit] : range.Groups["toUnit"]).Value switch
        {
            "minute" => 60,
            "hour" => 3_600,
            "day" => 86_400,
            _ => 1,
        };
        return factor * long.Parse(range.Groups[number].Value, CultureInfo.InvariantCulture);
    }

    private static string TypeOf(Type type)
    {
        var bare = Nullable.GetUnderlyingType(type) ?? type;
        return bare.IsEnum ? string.Join(", ", Enum.GetNames(bare).Select(static name => $"`{name}`")) : Words[bare];
    }

    [GeneratedRegex(
        "^`(?<value>(?!Identity:)[^`]+)`(?: for `(?<only>\\w+)`)?(?:; `(?<profile>\\w+)`: `(?<other>[^`]+)`)*$"
    )]
    private static partial Regex Default();

    [GeneratedRegex(
        "^(?<from>\\d+)(?: (?<fromUnit>second|minute|hour|day)s?)?"
            + " to (?<to>\\d+)(?: (?<toUnit>second|minute|hour|day)s?)?$"
    )]
    private static partial Regex Range();
}
