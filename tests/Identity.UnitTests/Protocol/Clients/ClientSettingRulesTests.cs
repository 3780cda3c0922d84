using Identity.Core.Clients;
using Identity.UnitTests.Protocol.Tokens.Jose;
using Microsoft.Extensions.Configuration;

namespace Identity.UnitTests.Protocol.Clients;

/// <summary>Settings of a client that real clients need: their defaults, their limits, and names with a
/// colon.</summary>
public sealed class ClientSettingRulesTests
{
    private const string Secret = "0123456789abcdef0123456789abcdef";

    [Fact]
    public void Without_a_word_a_client_gets_the_safe_values()
    {
        var client = ProtocolClients.Read(("Secret", Secret));

        Assert.False(client.UserClaimsInIdToken);
        Assert.False(client.AllowNonceInsteadOfPkce);
        Assert.Null(client.RefreshTokenGrace);
        Assert.Equal(RefreshTokenReuse.Family, client.RefreshTokenReuseEnds);
        Assert.Equal(TimeSpan.FromMinutes(10), client.DeviceCodeLifetime);
        Assert.False(client.AllowAnyLocalhostPort);
        Assert.True(ProtocolClients.Read(("Profile", "Native")).AllowAnyLocalhostPort);
    }

    [Theory]
    [InlineData("Spa", "AllowNonceInsteadOfPkce", "true")]
    [InlineData("Native", "AllowNonceInsteadOfPkce", "true")]
    [InlineData("Service", "AllowNonceInsteadOfPkce", "true")]
    [InlineData("Fapi2", "AllowNonceInsteadOfPkce", "true")]
    [InlineData("Web", "RefreshTokenGrace", "00:05:01")]
    [InlineData("Web", "RefreshTokenGrace", "-00:00:01")]
    [InlineData("Native", "DeviceCodeLifetime", "00:00:59")]
    [InlineData("Native", "DeviceCodeLifetime", "00:30:01")]
    [InlineData("Web", "AllowAnyLocalhostPort", "true")]
    [InlineData("Spa", "AllowAnyLocalhostPort", "true")]
    [InlineData("Web", "PrivateSchemes:0", "vscode")]
    [InlineData("Native", "PrivateSchemes:0", "java script")]
    public void What_goes_beyond_its_limits_is_a_fault_by_its_key(string profile, string name, string value) =>
        Assert.Contains(
            ProtocolClients.Failures(("Profile", profile), ("Secret", Secret), (name, value)),
            failure => failure.StartsWith($"Identity:Clients:app:{name.Split(':')[0]}:", StringComparison.Ordinal)
        );

    [Fact]
    public void A_web_client_without_a_secret_cannot_trade_PKCE_for_a_nonce() =>
        Assert.Contains(
            ProtocolClients.Failures(("TokenEndpointAuthMethod", "none"), ("AllowNonceInsteadOfPkce", "true")),
            failure => failure.StartsWith("Identity:Clients:app:AllowNonceInsteadOfPkce:", StringComparison.Ordinal)
        );

    [Theory]
    [InlineData("00:00:00")]
    [InlineData("00:05:00")]
    public void The_grace_reaches_from_nothing_to_five_minutes(string grace) =>
        Assert.Equal(
            TimeSpan.Parse(grace, System.Globalization.CultureInfo.InvariantCulture),
            ProtocolClients.Read(("Secret", Secret), ("RefreshTokenGrace", grace)).RefreshTokenGrace
        );

    [Fact]
    public void A_client_id_and_a_scope_with_a_colon_are_written_as_values()
    {
        var (clients, scopes) = Read(
            out var failures,
            ("Identity:Scopes:read:Name", "api:read"),
            ("Identity:Scopes:read:Resources:0", "https://api.example"),
            ("Identity:Clients:shop:ClientId", "urn:example:shop"),
            ("Identity:Clients:shop:Secret", Secret),
            ("Identity:Clients:shop:RedirectUris:0", "https://shop.example/cb"),
            ("Identity:Clients:shop:Scopes:0", "openid"),
            ("Identity:Clients:shop:Scopes:1", "api:read")
        );

        Assert.Empty(failures);
        Assert.Equal("api:read", Assert.Single(scopes).Name);
        var client = Assert.Single(clients);
        Assert.Equal(("urn:example:shop", "urn:example:shop"), (client.Id, client.Name));
        Assert.Contains("api:read", client.Scopes);
    }

    [Theory]
    [InlineData(
        "Identity:Scopes:api:read:Resources:0",
        "https://api.example",
        "Identity:Scopes:api:",
        "\"Name\": \"api:read\""
    )]
    [InlineData(
        "Identity:Clients:urn:example:shop:Profile",
        "Web",
        "Identity:Clients:urn:",
        "\"ClientId\": \"urn:example:shop\""
    )]
    public void A_key_with_a_colon_is_a_fault_that_says_how_to_write_it(
        string key,
        string value,
        string place,
        string advice
    )
    {
        Read(out var failures, (key, value));

        var failure = Assert.Single(failures);
        Assert.StartsWith(place, failure, StringComparison.Ordinal);
        Assert.Contains(advice, failure, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Profile", "Nope", "Identity:Clients:one:Profile: 'Nope' is not a value of this setting.")]
    [InlineData("RefreshTokenGrace", "soon", "Identity:Clients:one:RefreshTokenGrace: 'soon' is not a value of")]
    [InlineData("RequireConsents", "true", "Identity:Clients:one:RequireConsents: is no setting.")]
    public void A_value_or_a_name_that_cannot_be_read_is_told_by_its_key_and_in_words(
        string key,
        string value,
        string says
    )
    {
        Read(out var failures, ("Identity:Clients:one:" + key, value));

        var failure = Assert.Single(failures);
        Assert.StartsWith(says, failure, StringComparison.Ordinal);
        Assert.DoesNotContain("Identity.Core", failure, StringComparison.Ordinal);
        Assert.DoesNotContain("ErrorOnUnknownConfiguration", failure, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_name_twice_and_a_scope_with_a_blank_are_faults()
    {
        Read(
            out var failures,
            ("Identity:Scopes:one:Name", "api:read"),
            ("Identity:Scopes:two:Name", "api:read"),
            ("Identity:Scopes:three:Name", "api read"),
            ("Identity:Clients:one:ClientId", "app"),
            ("Identity:Clients:one:Profile", "Spa"),
            ("Identity:Clients:one:RedirectUris:0", "https://app.example/cb"),
            ("Identity:Clients:app:Profile", "Spa"),
            ("Identity:Clients:app:RedirectUris:0", "https://app.example/cb")
        );

        Assert.Equal(3, failures.Count);
        Assert.Contains(failures, failure => failure.Contains("'api:read' is written twice", StringComparison.Ordinal));
        Assert.Contains(failures, failure => failure.Contains("'app' is written twice", StringComparison.Ordinal));
        Assert.Contains(failures, failure => failure.Contains("'api read'", StringComparison.Ordinal));
    }

    private static (IReadOnlyList<Client> Clients, IReadOnlyList<ApiScope> Scopes) Read(
        out List<string> failures,
        params (string Key, string? Value)[] settings
    )
    {
        failures = [];
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(static setting => KeyValuePair.Create(setting.Key, setting.Value)))
            .Build();
        return ConfiguredClients.Read(configuration, [], failures);
    }
}
