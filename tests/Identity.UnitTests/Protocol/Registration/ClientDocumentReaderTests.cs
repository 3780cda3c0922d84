using System.Text;
using Identity.Core.Clients;
using Identity.Server.Protocol.Registration;

namespace Identity.UnitTests.Protocol.Registration;

/// <summary>What a metadata document may say, and what becomes of it.</summary>
public sealed class ClientDocumentReaderTests
{
    private static readonly Uri Url = new("https://agent.example/client.json");

    private static readonly RegistrationRules Rules = new ClientDocumentOptions().Rules;

    [Fact]
    public void A_document_of_three_members_is_a_public_client_that_always_asks()
    {
        var client = Client(
            """
            {"client_id":"https://agent.example/client.json","client_name":"Agent",
             "redirect_uris":["https://agent.example/callback"]}
            """
        );

        Assert.False(client.IsConfidential);
        Assert.True(client is { RequireConsent: true, IsSelfRegistered: true, IsFromDocument: true });
        Assert.False(client.AllowNonceInsteadOfPkce);
        Assert.Equal("agent.example", client.DocumentHost);
        Assert.Equal(["authorization_code"], client.GrantTypes);
        Assert.DoesNotContain("offline_access", client.Scopes);
    }

    [Theory]
    [InlineData("http://127.0.0.1:3000/callback", "http://127.0.0.1:61234/callback", true)]
    [InlineData("http://localhost/callback", "http://localhost:61234/callback", true)]
    [InlineData("http://localhost:3000/callback", "http://localhost/callback", true)]
    [InlineData("http://localhost:3000/callback", "http://localhost:3000/other", false)]
    [InlineData("http://localhost:3000/callback", "http://localhost:99999/callback", false)]
    [InlineData("https://agent.example/callback", "https://agent.example:8443/callback", false)]
    public void A_loopback_redirect_takes_any_port_and_every_other_is_exact(
        string registered,
        string presented,
        bool allowed
    ) => Assert.Equal(allowed, Client(With($"\"redirect_uris\":[\"{registered}\"]")).AllowsRedirectUri(presented));

    [Fact]
    public void Without_a_name_the_host_is_its_name() =>
        Assert.Equal("agent.example", Client(With("\"redirect_uris\":[\"https://agent.example/cb\"]")).Name);

    [Fact]
    public void What_would_make_the_provider_show_or_call_an_address_of_a_stranger_is_left_out()
    {
        var client = Client(
            With(
                """
                "redirect_uris":["https://agent.example/cb"],"logo_uri":"https://evil.example/bank.png",
                "backchannel_logout_uri":"https://evil.example/out","frontchannel_logout_uri":"https://agent.example/o",
                "post_logout_redirect_uris":["https://agent.example/bye"],"subject_type":"pairwise",
                "sector_identifier_uri":"https://evil.example/sector"
                """
            )
        );

        Assert.Null(client.LogoUri);
        Assert.Null(client.BackchannelLogoutUri);
        Assert.Null(client.FrontchannelLogoutUri);
        Assert.Null(client.SectorIdentifierUri);
        Assert.Empty(client.PostLogoutRedirectUris);
        Assert.Equal("public", client.SubjectType);
    }

    [Fact]
    public void Scopes_and_grants_that_are_not_for_such_clients_are_dropped()
    {
        var client = Client(
            With(
                """
                "redirect_uris":["https://agent.example/cb"],"scope":"openid orders identity.users.read",
                "grant_types":["authorization_code","refresh_token","client_credentials",
                "urn:ietf:params:oauth:grant-type:token-exchange"]
                """
            )
        );

        Assert.Equal(["offline_access", "openid"], client.Scopes.Order(StringComparer.Ordinal));
        Assert.Equal(["authorization_code", "refresh_token"], client.GrantTypes.Order(StringComparer.Ordinal));
    }

    public static TheoryData<string, string> Hostile =>
        new()
        {
            { "", "JSON" },
            { "null", "JSON" },
            { "[]", "JSON" },
            { "{", "JSON" },
            { "<html>", "JSON" },
            { new string('[', 100_000), "JSON" },
            { """{"client_id":"https://agent.example/client.json","client_id":"x"}""", "JSON" },
            { """{"client_id":"https://agent.example/client.json","a":"\ud800"}""", "JSON" },
            { """{"client_id":"https://agent.example/client.json","\udfff":1}""", "JSON" },
            { """{"redirect_uris":["https://agent.example/cb"]}""", "client_id" },
            { """{"client_id":7}""", "client_id" },
            { """{"client_id":"https://agent.example/CLIENT.json"}""", "client_id" },
            { """{"client_id":"https://agent.example:443/client.json"}""", "client_id" },
            { """{"client_id":"https://bank.example/client.json"}""", "client_id" },
            { With("\"client_secret\":\"s\""), "client_secret" },
            { With("\"client_secret_expires_at\":0"), "client_secret_expires_at" },
            { Method("client_secret_basic"), "token_endpoint_auth_method" },
            { Method("client_secret_post"), "token_endpoint_auth_method" },
            { Method("client_secret_jwt"), "token_endpoint_auth_method" },
            { Method("tls_client_auth"), "token_endpoint_auth_method" },
            { Method("self_signed_tls_client_auth"), "token_endpoint_auth_method" },
            { Method("private_key_jwt"), "jwks" },
            { With("\"jwks\":{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}]}," + Redirect), "jwks" },
            { With("\"jwks\":{\"keys\":[{\"kty\":\"EC\",\"d\":\"AAAA\"}]}," + Redirect), "jwks" },
            { With("\"jwks_uri\":\"http://agent.example/jwks\"," + Redirect), "jwks_uri" },
            { With("\"jwks_uri\":\"https://bank.example/jwks\"," + Redirect), "jwks_uri" },
            { With("\"client_name\":\"x\""), "redirect_uris" },
            { With("\"redirect_uris\":[]"), "redirect_uris" },
            { With("\"redirect_uris\":\"https://agent.example/cb\""), "redirect_uris" },
            { Redirects("javascript:alert(1)"), "redirect_uris" },
            { Redirects("data:text/html,x"), "redirect_uris" },
            { Redirects("http://agent.example/cb"), "redirect_uris" },
            { Redirects("http://10.0.0.1/cb"), "redirect_uris" },
            { Redirects("https://bank.example/cb"), "redirect_uris" },
            { Redirects("https://agent.example.bank.example/cb"), "redirect_uris" },
            { Redirects("https://agent.example:8443/cb"), "redirect_uris" },
            { Redirects("https://agent.example/cb#x"), "redirect_uris" },
            { Redirects("https://*.agent.example/cb"), "redirect_uris" },
            { Redirects("https://agent.example@bank.example/cb"), "redirect_uris" },
            { Redirects("cursor://callback"), "redirect_uris" },
            {
                With(
                    "\"redirect_uris\":["
                        + string.Join(',', Enumerable.Repeat("\"https://agent.example/cb\"", 21))
                        + "]"
                ),
                "redirect_uris"
            },
            { With("\"client_uri\":\"javascript:alert(1)\"," + Redirect), "client_uri" },
            { With("\"policy_uri\":\"data:text/html,x\"," + Redirect), "policy_uri" },
            { With("\"client_name\":\"a\\u0000b\"," + Redirect), "JSON" },
            { With("\"client_name\":\"a\\nb\"," + Redirect), "client_name" },
            { With("\"client_name\":[\"a\"]," + Redirect), "client_name" },
            { With("\"software_statement\":\"x.y.z\"," + Redirect), "Software statements" },
            { With("\"grant_types\":[\"client_credentials\"]," + Redirect), "grant_types" },
            { With("\"response_types\":[\"token\"]," + Redirect), "response_types" },
        };

    [Theory]
    [MemberData(nameof(Hostile))]
    public void A_hostile_document_is_invalid_and_the_fault_is_named(string document, string member)
    {
        var reading = Read(document);

        var invalid = Assert.IsType<ClientDocumentReading.Invalid>(reading);
        Assert.Contains(member, invalid.Fault, StringComparison.Ordinal);
    }

    private const string Redirect = "\"redirect_uris\":[\"https://agent.example/cb\"]";

    private static string With(string members) => $$"""{"client_id":"{{Url}}",{{members}}}""";

    private static string Method(string method) => With($"\"token_endpoint_auth_method\":\"{method}\"," + Redirect);

    private static string Redirects(string uri) => With($"\"redirect_uris\":[\"{uri}\"]");

    private static Client Client(string document) => Assert.IsType<ClientDocumentReading.Valid>(Read(document)).Client;

    private static ClientDocumentReading Read(string document) =>
        ClientDocumentReader.Read(Url, Encoding.UTF8.GetBytes(document), Rules, ClientCatalog.Empty);
}
