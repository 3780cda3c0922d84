using Identity.Core.PersonalTokens;

namespace Identity.UnitTests.PersonalTokens;

public sealed class PersonalTokenOptionsTests
{
    [Fact]
    public void The_defaults_are_off_and_valid()
    {
        PersonalTokenOptions options = new();

        Assert.False(options.Enabled);
        Assert.Empty(Faults(options));
    }

    [Fact]
    public void Every_fault_names_its_key()
    {
        PersonalTokenOptions options = new() { MaxDays = 367, MaxPerPerson = 0 };
        foreach (var name in (string[])["openid", "identity.users.read", "a b", "api", "api"])
            options.Scopes.Add(new() { Name = name });
        options.Scopes.Add(new() { Name = "orders", Role = " " });

        var faults = Faults(options);

        Assert.Equal(7, faults.Count);
        foreach (var key in (string[])["MaxDays", "MaxPerPerson", "Scopes", "Scopes:0:Name", "Scopes:1:Name"])
            Assert.Contains(
                faults,
                fault => fault.StartsWith($"Identity:PersonalTokens:{key}:", StringComparison.Ordinal)
            );
        Assert.Contains(faults, static fault => fault.Contains("Scopes:2:Name", StringComparison.Ordinal));
        Assert.Contains(faults, static fault => fault.Contains("Scopes:5:Role", StringComparison.Ordinal));
    }

    [Fact]
    public void Switched_on_without_a_scope_it_is_refused() =>
        Assert.Contains("Scopes", Assert.Single(Faults(new() { Enabled = true })), StringComparison.Ordinal);

    private static List<string> Faults(PersonalTokenOptions options) =>
        [.. new PersonalTokenOptionsValidator().Validate(null, options).Failures ?? []];
}
