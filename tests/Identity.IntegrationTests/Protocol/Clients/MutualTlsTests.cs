using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Identity.Server.Protocol.Clients.Certificates;
using Identity.Testing;

namespace Identity.IntegrationTests.Protocol.Clients;

/// <summary>Mutual TLS (RFC 8705): over real TLS connections, and through a proxy that passes certificates
/// on.</summary>
public sealed class MutualTlsTests(MutualTlsFixture fixture) : IClassFixture<MutualTlsFixture>
{
    private static readonly (string, string)[] Api = [("grant_type", "client_credentials"), ("scope", "api")];

    [Fact]
    public async Task Over_TLS_a_registered_certificate_authenticates_and_binds_the_token()
    {
        using var client = fixture.Connect(fixture.SelfSigned);

        var answer = await MutualTlsFixture.PostAsync(client, "/connect/token", null, [.. Api, ("client_id", "self")]);

        Assert.Equal("Bearer", answer["token_type"]);
        Assert.Equal(
            TlsClientRules.Thumbprint(fixture.SelfSigned),
            Answer.Decode(answer.AccessToken!).Payload.GetProperty("cnf").GetProperty("x5t#S256").GetString()
        );
    }

    [Fact]
    public async Task Every_endpoint_that_a_client_calls_and_that_is_on_has_an_alias()
    {
        using var client = fixture.Connect(null);

        var metadata = JsonElement.Parse(await client.GetStringAsync("/.well-known/openid-configuration"));

        var aliases = metadata.GetProperty("mtls_endpoint_aliases").EnumerateObject().ToList();
        Assert.Equal(
            [
                "backchannel_authentication_endpoint",
                "device_authorization_endpoint",
                "introspection_endpoint",
                "pushed_authorization_request_endpoint",
                "revocation_endpoint",
                "token_endpoint",
                "userinfo_endpoint",
            ],
            aliases.Select(alias => alias.Name).Order(StringComparer.Ordinal)
        );
        Assert.All(
            aliases,
            alias =>
                Assert.Equal(
                    metadata.GetProperty(alias.Name).GetString()!.Replace("//localhost:", "//mtls.localhost:"),
                    alias.Value.GetString()
                )
        );
    }

    [Fact]
    public async Task Over_TLS_a_certificate_of_an_authority_authenticates_the_client_that_it_names()
    {
        using var client = fixture.Connect(fixture.Issued);
        using var stranger = fixture.Authority.Issue("CN=issued, O=Example", "other.example");
        using var other = fixture.Connect(stranger);
        using var forged = TestCertificates.SelfSigned("CN=issued, O=Example", "client.example");
        using var forger = fixture.Connect(forged);
        using var server = fixture.Authority.Issue("CN=issued, O=Example", "client.example", "1.3.6.1.5.5.7.3.1");
        using var wrongPurpose = fixture.Connect(server);
        using var expired = fixture.Authority.Issue(
            "CN=issued, O=Example",
            "client.example",
            age: TimeSpan.FromDays(2)
        );
        using var late = fixture.Connect(expired);
        using var bare = fixture.Connect(null);

        Assert.NotNull(
            (
                await MutualTlsFixture.PostAsync(client, "/connect/token", null, [.. Api, ("client_id", "issued")])
            ).AccessToken
        );
        foreach (var refused in new[] { other, forger, wrongPurpose, late, bare })
        {
            var answer = await MutualTlsFixture.PostAsync(
                refused,
                "/connect/token",
                null,
                [.. Api, ("client_id", "issued")]
            );
            Assert.Equal((HttpStatusCode.Unauthorized, "invalid_client"), (answer.Status, answer.Error));
        }
    }

    [Theory]
    [InlineData("issued")]
    [InlineData("self")]
    [InlineData("web")]
    [InlineData("service")]
    public async Task A_certificate_proves_nothing_for_a_client_to_which_it_does_not_belong(string clientId)
    {
        using var stranger = TestCertificates.SelfSigned("CN=self, O=Example");
        using var client = fixture.Connect(stranger);

        foreach (var path in new[] { "/connect/token", "/connect/introspect", "/connect/revoke", "/connect/par" })
        {
            var answer = await MutualTlsFixture.PostAsync(
                client,
                path,
                null,
                [.. Api, ("client_id", clientId), ("token", "x")]
            );
            Assert.Equal((HttpStatusCode.Unauthorized, "invalid_client"), (answer.Status, answer.Error));
        }
    }

    [Fact]
    public async Task A_client_with_a_secret_is_not_hindered_by_a_certificate_on_its_connection()
    {
        using var client = fixture.Connect(fixture.Issued);
        using HttpRequestMessage request = new(HttpMethod.Post, "/connect/token")
        {
            Content = new FormUrlEncodedContent(
                Api.Select(static field => KeyValuePair.Create(field.Item1, field.Item2))
            ),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue(
            "Basic",
            Convert.ToBase64String(Encoding.UTF8.GetBytes($"service:{TestClients.Secret}"))
        );

        using var response = await client.SendAsync(request);

        var token = (await Answer.ReadAsync(response)).AccessToken!;
        Assert.False(Answer.Decode(token).Payload.TryGetProperty("cnf", out _));
    }

    [Fact]
    public async Task Through_a_proxy_the_whole_way_from_PAR_to_userinfo_and_refresh()
    {
        using RelyingParty party = new(fixture.Behind, "self", MutualTlsFixture.RedirectUri);
        await party.SignInAsync(fixture.UserId);
        var parameters = KeyClientFixture
            .ParametersOf(party, "openid offline_access")
            .Select(static field => (field.Key, field.Value))
            .ToArray();

        var pushed = await MutualTlsFixture.PostAsync(
            party.Backchannel,
            "/connect/par",
            fixture.SelfSigned,
            parameters
        );
        using var authorized = await party.Browser.GetAsync(
            KeyClientFixture.AuthorizeUrl("self", pushed["request_uri"]!)
        );
        (string, string)[] code =
        [
            ("grant_type", "authorization_code"),
            ("client_id", "self"),
            ("code", party.AnswerOf(authorized)["code"]),
            ("redirect_uri", party.RedirectUri),
            ("code_verifier", party.Verifier),
        ];
        var without = await MutualTlsFixture.PostAsync(party.Backchannel, "/connect/token", null, code);
        var tokens = await MutualTlsFixture.PostAsync(party.Backchannel, "/connect/token", fixture.SelfSigned, code);

        Assert.Equal("invalid_client", without.Error);
        Assert.Equal(
            HttpStatusCode.OK,
            (await MutualTlsFixture.UserInfoAsync(party.Backchannel, tokens.AccessToken!, fixture.SelfSigned)).Status
        );
        Assert.Equal(
            "invalid_token",
            (await MutualTlsFixture.UserInfoAsync(party.Backchannel, tokens.AccessToken!, fixture.Issued)).Error
        );
        Assert.Equal(
            "invalid_token",
            (await MutualTlsFixture.UserInfoAsync(party.Backchannel, tokens.AccessToken!)).Error
        );
        var described = await MutualTlsFixture.PostAsync(
            party.Backchannel,
            "/connect/introspect",
            fixture.SelfSigned,
            ("client_id", "self"),
            ("token", tokens.AccessToken!)
        );
        Assert.Equal(
            TlsClientRules.Thumbprint(fixture.SelfSigned),
            described.Json.GetProperty("cnf").GetProperty("x5t#S256").GetString()
        );
        Assert.NotNull(
            (
                await MutualTlsFixture.PostAsync(
                    party.Backchannel,
                    "/connect/token",
                    fixture.SelfSigned,
                    ("grant_type", "refresh_token"),
                    ("client_id", "self"),
                    ("refresh_token", tokens.RefreshToken!)
                )
            ).AccessToken
        );
    }

    [Fact]
    public async Task A_public_client_s_refresh_token_is_good_with_its_certificate_only()
    {
        using RelyingParty party = new(fixture.Behind, "app", MutualTlsFixture.RedirectUri, "none");
        await party.SignInAsync(fixture.UserId);
        var code = (await party.AuthorizeAsync("openid offline_access"))["code"];
        (string, string)[] redeem =
        [
            ("grant_type", "authorization_code"),
            ("client_id", "app"),
            ("code", code),
            ("redirect_uri", party.RedirectUri),
            ("code_verifier", party.Verifier),
        ];

        var unbound = await MutualTlsFixture.PostAsync(party.Backchannel, "/connect/token", null, redeem);
        var tokens = await MutualTlsFixture.PostAsync(party.Backchannel, "/connect/token", fixture.Issued, redeem);
        var wrong = await RefreshAsync(tokens.RefreshToken!, fixture.SelfSigned);
        var none = await RefreshAsync(tokens.RefreshToken!, null);
        var right = await RefreshAsync(tokens.RefreshToken!, fixture.Issued);

        Assert.Equal("invalid_request", unbound.Error);
        Assert.Equal(("invalid_grant", "invalid_request"), (wrong.Error, none.Error));
        Assert.NotNull(right.AccessToken);

        Task<Answer> RefreshAsync(string token, X509Certificate2? certificate) =>
            MutualTlsFixture.PostAsync(
                party.Backchannel,
                "/connect/token",
                certificate,
                ("grant_type", "refresh_token"),
                ("client_id", "app"),
                ("refresh_token", token)
            );
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("::")]
    [InlineData(":%%%:")]
    [InlineData(":AAAA:")]
    [InlineData("-----BEGIN CERTIFICATE----- AAAA -----END CERTIFICATE-----")]
    public async Task A_header_that_holds_no_certificate_proves_nothing(string value)
    {
        using var client = fixture.Behind.CreateClient();
        using HttpRequestMessage request = new(HttpMethod.Post, "/connect/token")
        {
            Content = new FormUrlEncodedContent([
                new("grant_type", "client_credentials"),
                new("scope", "api"),
                new("client_id", "self"),
            ]),
        };
        request.Headers.TryAddWithoutValidation(MutualTlsFixture.Header, value);

        using var response = await client.SendAsync(request);

        Assert.Equal("invalid_client", (await Answer.ReadAsync(response)).Error);
    }

    [Fact]
    public async Task The_header_is_nothing_where_no_proxy_is_configured_or_another_sends_it()
    {
        await using var host = await IdentityHost.StartAsync(
            fixture.Database,
            new Dictionary<string, string?>(ProtocolFixture.Settings)
            {
                ["Identity:Clients:self:TokenEndpointAuthMethod"] = "self_signed_tls_client_auth",
                ["Identity:Clients:self:Jwks"] = TestCertificates.JwksOf(fixture.SelfSigned),
                ["Identity:Clients:self:GrantTypes:0"] = "client_credentials",
                ["Identity:Clients:self:Scopes:0"] = "api",
                ["Identity:MutualTls:CertificateHeader"] = MutualTlsFixture.Header,
                ["Identity:MutualTls:TrustedProxies:0"] = "192.0.2.1",
                // The host believes what it forwards for; that must not make it believe its certificates.
                ["Identity:Proxies:Addresses:0"] = "127.0.0.1",
            }
        );
        using var client = host.CreateClient();
        client.DefaultRequestHeaders.Add("X-Forwarded-For", "192.0.2.1");

        var elsewhere = await MutualTlsFixture.PostAsync(
            client,
            "/connect/token",
            fixture.SelfSigned,
            [.. Api, ("client_id", "self")]
        );
        using var direct = fixture.Connect(null);
        var onTls = await MutualTlsFixture.PostAsync(
            direct,
            "/connect/token",
            fixture.SelfSigned,
            [.. Api, ("client_id", "self")]
        );

        Assert.Equal("invalid_client", elsewhere.Error);
        Assert.Equal("invalid_client", onTls.Error);
    }

    [Fact]
    public async Task The_metadata_tells_of_it_where_it_is_on()
    {
        using var tls = fixture.Connect(null);
        using var plain = fixture.Behind.CreateClient();

        var direct = JsonElement.Parse(await tls.GetStringAsync("/.well-known/openid-configuration"));
        var behind = JsonElement.Parse(await plain.GetStringAsync("/.well-known/openid-configuration"));

        foreach (var document in new[] { direct, behind })
        {
            Assert.True(document.GetProperty("tls_client_certificate_bound_access_tokens").GetBoolean());
            string?[] methods =
            [
                .. document
                    .GetProperty("token_endpoint_auth_methods_supported")
                    .EnumerateArray()
                    .Select(static method => method.GetString()),
            ];
            Assert.Contains("tls_client_auth", methods);
            Assert.Contains("self_signed_tls_client_auth", methods);
        }
        Assert.False(behind.TryGetProperty("mtls_endpoint_aliases", out _));
        var aliases = direct.GetProperty("mtls_endpoint_aliases");
        Assert.Equal(
            new Uri(fixture.Direct.BaseAddress, "/connect/token").AbsoluteUri.Replace("localhost", "mtls.localhost"),
            aliases.GetProperty("token_endpoint").GetString()
        );
        Assert.True(aliases.TryGetProperty("pushed_authorization_request_endpoint", out _));
        Assert.True(aliases.TryGetProperty("userinfo_endpoint", out _));
    }
}
