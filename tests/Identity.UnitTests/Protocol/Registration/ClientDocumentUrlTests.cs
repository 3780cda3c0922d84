using Identity.Server.Protocol.Registration;

namespace Identity.UnitTests.Protocol.Registration;

/// <summary>Which client ids are URLs of metadata documents, and which hosts are allowed.</summary>
public sealed class ClientDocumentUrlTests
{
    [Theory]
    [InlineData("https://agent.example/client.json")]
    [InlineData("https://agent.example:8443/oauth/client")]
    [InlineData("https://agent.example/~me/a-b_c.json")]
    public void An_https_URL_with_a_path_is_one(string id) =>
        Assert.Equal(id, ClientDocumentUrl.Parse(id, allowLoopback: false)?.AbsoluteUri);

    [Theory]
    [InlineData("web")]
    [InlineData("https:")]
    [InlineData("https://")]
    [InlineData("https://agent.example")]
    [InlineData("https://agent.example/")]
    [InlineData("http://agent.example/client.json")]
    [InlineData("ftp://agent.example/client.json")]
    [InlineData("HTTPS://agent.example/client.json")]
    [InlineData("https://AGENT.example/client.json")]
    [InlineData("https://agent.example:443/client.json")]
    [InlineData("https://agent.example./client.json")]
    [InlineData("https://agent.example/a/../client.json")]
    [InlineData("https://agent.example/./client.json")]
    [InlineData("https://agent.example/a/%2e%2e/client.json")]
    [InlineData("https://agent.example/client.json?v=1")]
    [InlineData("https://agent.example/client.json#me")]
    [InlineData("https://me@agent.example/client.json")]
    [InlineData("https://me:pw@agent.example/client.json")]
    [InlineData("https://agent.example\\client.json")]
    [InlineData("https://agent.example/client.json ")]
    [InlineData("https://agent.example/client\n.json")]
    [InlineData("https://ägent.example/client.json")]
    [InlineData("https://127.1/client.json")]
    [InlineData("https://0x7f000001/client.json")]
    [InlineData("https://2130706433/client.json")]
    [InlineData("http://127.0.0.1/client.json")]
    [InlineData("http://localhost:5000/client.json")]
    public void Nothing_else_is(string id) => Assert.Null(ClientDocumentUrl.Parse(id, allowLoopback: false));

    [Fact]
    public void Nor_is_a_URL_that_is_longer_than_a_client_id() =>
        Assert.Null(ClientDocumentUrl.Parse("https://agent.example/" + new string('a', 200), allowLoopback: false));

    [Theory]
    [InlineData("http://127.0.0.1:5000/client.json", true)]
    [InlineData("http://localhost:5000/client.json", true)]
    [InlineData("http://10.0.0.1/client.json", false)]
    [InlineData("http://agent.example/client.json", false)]
    public void In_development_plain_http_to_this_machine_is_one(string id, bool allowed) =>
        Assert.Equal(allowed, ClientDocumentUrl.Parse(id, allowLoopback: true) is not null);

    [Theory]
    [InlineData("agent.example", true)]
    [InlineData("AGENT.example", true)]
    [InlineData("*", true)]
    [InlineData("*.example", true)]
    [InlineData("*.agent.example", false)]
    [InlineData("other.example", false)]
    [InlineData("gent.example", false)]
    [InlineData("*.gent.example", false)]
    public void A_host_is_allowed_by_its_name_or_by_that_of_a_domain_above_it(string pattern, bool allowed) =>
        Assert.Equal(
            allowed,
            ClientDocumentUrl.IsAllowed(new("https://agent.example/client.json"), ["elsewhere.example", pattern])
        );

    [Theory]
    [InlineData("https://agent.example")]
    [InlineData("agent.example/path")]
    [InlineData("**")]
    [InlineData("*.")]
    [InlineData("")]
    public void An_entry_of_the_list_that_is_no_host_stops_the_start(string host)
    {
        ClientDocumentOptions options = new() { Enabled = true };
        options.AllowedHosts.Add(host);

        var result = new ClientDocumentOptionsValidator().Validate(null, options);

        Assert.Contains("Identity:ClientMetadataDocuments:AllowedHosts", Assert.Single(result.Failures!));
    }

    [Fact]
    public void Enabled_without_a_host_stops_the_start_and_so_does_a_scope_of_the_administration()
    {
        ClientDocumentOptions options = new() { Enabled = true };
        options.AllowedScopes.Add("identity.users.read");
        options.PrivateSchemes.Add("javascript");

        var result = new ClientDocumentOptionsValidator().Validate(null, options);

        Assert.Equal(3, result.Failures!.Count());
    }
}
