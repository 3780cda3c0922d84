using System.Reflection;
using Identity.Core.Clients;
using Identity.Testing;
using Identity.UnitTests.Protocol.Tokens.Jose;

namespace Identity.UnitTests.Clients;

/// <summary>The catalog that forms are made of, and the snippets that pages show.</summary>
public sealed class ClientPropertiesTests
{
    [Fact]
    public void Every_property_that_can_be_written_stands_in_one_group()
    {
        var written = Names(typeof(ClientDefinition))
            .Where(static name => !ClientProperties.WrittenElsewhere.Contains(name))
            .Where(static name => name != nameof(ClientDefinition.TokenExchange))
            .Concat(
                Names(typeof(TokenExchangeDefinition))
                    .Select(static name => $"{nameof(ClientDefinition.TokenExchange)}.{name}")
            );

        Assert.Equal(
            written.Order(StringComparer.Ordinal),
            ClientProperties.All.Select(static property => property.Name).Order(StringComparer.Ordinal)
        );
    }

    [Theory]
    [InlineData("RedirectUris", "https://a.example/cb\nhttps://b.example/cb")]
    [InlineData("RequireConsent", "true")]
    [InlineData("AccessTokenLifetime", "00:05:00")]
    [InlineData("DefaultMaxAge", "3600")]
    [InlineData("AccessTokenFormat", "Reference")]
    [InlineData("Name", "A shop")]
    [InlineData("TokenExchange.Audiences", "https://api.example")]
    public void A_value_is_read_as_it_was_written_and_is_taken_away_by_an_empty_text(string name, string text)
    {
        ClientDefinition definition = new();
        var property = ClientProperties.All.Single(property => property.Name == name);

        var written = property.TryWrite(definition, text);
        var read = property.Read(definition);
        var cleared = property.TryWrite(definition, " ");

        Assert.True(written && cleared);
        Assert.Equal(text, read);
        Assert.Equal(string.Empty, property.Read(definition));
    }

    [Theory]
    [InlineData("RequireConsent", "perhaps")]
    [InlineData("AccessTokenLifetime", "soon")]
    [InlineData("DefaultMaxAge", "1.5")]
    [InlineData("Profile", "7")]
    [InlineData("Profile", "")]
    public void A_text_of_another_kind_is_refused(string name, string text)
    {
        ClientDefinition definition = new() { Profile = ClientProfile.Spa };

        var written = ClientProperties.All.Single(property => property.Name == name).TryWrite(definition, text);

        Assert.False(written);
        Assert.Equal(ClientProfile.Spa, definition.Profile);
    }

    [Theory]
    [InlineData("Web", "aspnetcore", "https://shop.example/signin-oidc", "openid,profile,email")]
    [InlineData("Web", "node", "https://shop.example/callback", "openid,email,offline_access")]
    [InlineData("Web", "apache", "https://shop.example/oidc/callback", "openid,email")]
    [InlineData("Web", "spring", "https://shop.example/login/oauth2/code/identity", "openid,email")]
    [InlineData("Spa", "spa", "https://app.example/callback", "openid,email,offline_access")]
    public void The_guide_shows_the_snippet_that_the_console_shows(
        string profile,
        string stack,
        string redirectUri,
        string scopes
    )
    {
        (string, string?)[] settings =
        [
            ("ClientId", profile == "Spa" ? "spa" : "shop"),
            ("Profile", profile),
            ("RedirectUris:0", redirectUri),
            .. profile == "Spa" ? Array.Empty<(string, string?)>() : [("Secret", new string('s', 40))],
            .. scopes.Split(',').Select(static (scope, index) => ($"Scopes:{index}", (string?)scope)),
        ];
        var client = ProtocolClients.Read(settings);

        var snippet = ClientSnippets.For(client, "https://id.example.com").Single(one => one.Stack == stack);

        Assert.Contains(
            snippet.Text,
            File.ReadAllText(Repository.PathOf("docs/quickstarts.md")),
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("{{", snippet.Text, StringComparison.Ordinal);
        Assert.Null(ClientSnippets.MissingRedirectUri(client, snippet));
    }

    [Fact]
    public void A_stack_whose_redirect_address_is_not_registered_names_it()
    {
        var client = ProtocolClients.Read(
            ("RedirectUris:0", "https://shop.example/other"),
            ("Secret", new string('s', 40))
        );

        var missing = ClientSnippets
            .For(client, "https://id.example.com")
            .ToDictionary(
                static snippet => snippet.Stack,
                snippet => ClientSnippets.MissingRedirectUri(client, snippet)
            );

        Assert.Equal("https://shop.example/signin-oidc", missing["aspnetcore"]);
        Assert.Null(missing["apache"]);
    }

    private static IEnumerable<string> Names(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(static property => property.Name);

    [Theory]
    [InlineData("Spa", "spa", @"redirect_uri: 'https://app.example/cb\u0027+alert(1)+\u0027'")]
    [InlineData("Spa", "spa", @"scope: 'openid it\u0027s'")]
    [InlineData("Web", "node", @"scope: 'openid it\u0027s'")]
    [InlineData("Web", "aspnetcore", @"options.Scope.Add(""it\u0027s"");")]
    [InlineData("Web", "spring", "scope: [openid, 'it''s']")]
    [InlineData("Web", "apache", "OIDCRedirectURI \"https://app.example/cb'+alert(1)+'\"")]
    [InlineData("Web", "apache", "OIDCScope \"openid it's\"")]
    [InlineData("Service", "service", @"--data-urlencode scope='it'\''s'")]
    public void A_value_with_quotes_stays_a_value_in_every_snippet(string profile, string stack, string expected)
    {
        var client = ProtocolClients.Read(("Secret", new string('s', 40))) with
        {
            Profile = Enum.Parse<ClientProfile>(profile),
            RedirectUris = ["https://app.example/cb'+alert(1)+'"],
            Scopes = new HashSet<string>(profile == "Service" ? ["it's"] : ["openid", "it's"]),
        };

        var snippet = ClientSnippets.For(client, "https://id.example.com").Single(one => one.Stack == stack);

        Assert.Contains(expected, snippet.Text, StringComparison.Ordinal);
    }
}
