using System.Reflection;
using System.Text.Json;
using Identity.Core.Clients;
using Identity.Core.Import.Clients;

namespace Identity.UnitTests.Clients;

/// <summary>An export carries every property that an app can have, those that are added later among them.</summary>
public sealed class ClientExportTests
{
    [Fact]
    public void Every_property_comes_back_from_an_exported_file()
    {
        var definition = (ClientDefinition)Filled(typeof(ClientDefinition));
        definition.ClientId = null;

        var file = IdentityClients.Write([("urn:app", definition), ("plain", definition)]);
        var read = IdentityClients.Read(JsonElement.Parse(file)).ToArray();

        Assert.Equal(["urn:app", "plain"], read.Select(static one => one.Client!.ClientId));
        Assert.All(read, one => Assert.Equal(definition.ToJson(), one.Client!.Definition.ToJson()));
        Assert.All(read, static one => Assert.Empty(EmptyIn(one.Client!.Definition)));
    }

    [Fact]
    public void Every_property_comes_back_from_the_database()
    {
        var definition = (ClientDefinition)Filled(typeof(ClientDefinition));

        var read = ClientDefinition.FromJson(definition.ToJson());

        Assert.Equal(definition.ToJson(), read.ToJson());
        Assert.Equal([], EmptyIn(read));
    }

    private static IEnumerable<string> EmptyIn(object definition) =>
        from property in definition.GetType().GetProperties()
        where property.Name != nameof(ClientDefinition.ClientId) || property.DeclaringType != typeof(ClientDefinition)
        let value = property.GetValue(definition)
        from name in value is null ? [property.Name]
        : IsDefinition(property.PropertyType) ? EmptyIn(value)
        : []
        select name;

    private static object Filled(Type type)
    {
        var made = Activator.CreateInstance(type)!;
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
            property.SetValue(made, ValueOf(property.PropertyType, property.Name));
        return made;
    }

    private static object ValueOf(Type type, string name)
    {
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        return plain == typeof(string) ? $"a {name}"
            : plain == typeof(bool) ? true
            : plain == typeof(long) ? 77L
            : plain == typeof(TimeSpan) ? TimeSpan.FromMinutes(77)
            : plain == typeof(DateTimeOffset) ? DateTimeOffset.UnixEpoch.AddDays(20_000)
            : plain.IsEnum ? Enum.GetValues(plain).GetValue(Enum.GetValues(plain).Length - 1)!
            : plain == typeof(IList<string>) ? new List<string> { $"one {name}", $"two {name}" }
            : plain == typeof(IList<ClientSecretDefinition>)
                ? new List<ClientSecretDefinition> { (ClientSecretDefinition)Filled(typeof(ClientSecretDefinition)) }
            : IsDefinition(plain) ? Filled(plain)
            : throw new NotSupportedException($"{name} has a type that this test does not know: {plain}.");
    }

    private static bool IsDefinition(Type type) =>
        type.Assembly == typeof(ClientDefinition).Assembly && type is { IsClass: true };
}
