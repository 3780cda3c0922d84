using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Identity.Testing;

namespace Identity.IntegrationTests.Interop;

/// <summary>Debian's Apache with mod_oauth2 as a resource server: it verifies our access tokens by the published keys,
/// and the proofs of bound ones (RFC 9449).</summary>
public sealed class ModOauth2Tests(ModOauth2Tests.Site site) : IClassFixture<ModOauth2Tests.Site>
{
    [Fact]
    public async Task A_token_opens_the_application_which_reads_its_claims_in_headers()
    {
        using HttpRequestMessage request = new(HttpMethod.Get, new Uri(site.Address, "bearer"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await site.TokenAsync());

        using var answer = await site.Client.SendAsync(request);

        Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{answer.StatusCode}: {site.Log}");
        var headers = JsonElement.Parse(await answer.Content.ReadAsStringAsync());
        Assert.Equal("machine", headers.GetProperty("OAUTH2_CLAIM_client_id").GetString());
        Assert.Equal(site.Issuer, headers.GetProperty("OAUTH2_CLAIM_iss").GetString());
    }

    [Theory]
    [InlineData("none")]
    [InlineData("changed")]
    public async Task Without_a_sound_token_nobody_comes_in(string kind)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, new Uri(site.Address, "bearer"));
        if (kind == "changed")
        {
            var token = await site.TokenAsync();
            var signed = token[..(token.LastIndexOf('.') + 1)];
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", signed + new string('A', 86));
        }

        using var answer = await site.Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Fact]
    public async Task A_bound_token_opens_it_with_a_proof_of_its_key_and_with_no_other()
    {
        using ProofKey own = new();
        using ProofKey foreign = new();
        var token = await site.TokenAsync(own);

        using var opened = await site.Client.SendAsync(Bound(token, own));
        using var refused = await site.Client.SendAsync(Bound(token, foreign));

        Assert.True(opened.StatusCode == HttpStatusCode.OK, $"{opened.StatusCode}: {site.Log}");
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
    }

    private HttpRequestMessage Bound(string token, ProofKey key)
    {
        Uri address = new(site.Address, "bound");
        HttpRequestMessage request = new(HttpMethod.Get, address);
        request.Headers.Authorization = new AuthenticationHeaderValue("DPoP", token);
        request.Headers.Add("DPoP", key.Proof("GET", address.AbsoluteUri, token));
        return request;
    }

    /// <summary>The provider, Apache and the application behind it.</summary>
    public sealed class Site : IAsyncLifetime
    {
        private readonly string _secret = ConfiguredProvider.NewSecret();
        private TestDatabase? _database;
        private ConfiguredProvider? _provider;
        private EchoApplication? _application;
        private ApacheProxy? _apache;

        public HttpClient Client { get; } = new();
        public Uri Address => _apache!.Address;
        public string Log => _apache!.Log;
        public string Issuer => _provider!.Host.Issuer;

        /// <summary>An access token of a machine, bound to a key where one is given.</summary>
        public async Task<string> TokenAsync(ProofKey? key = null)
        {
            using RelyingParty party = new(_provider!.Host, "machine", "", _secret);
            var request = party.Post("/connect/token", ("grant_type", "client_credentials"), ("scope", "api"));
            if (key is not null)
                key.Sign(request, Issuer);
            var answer = await party.SendAsync(request);
            return answer.AccessToken ?? throw new InvalidOperationException(answer.Text);
        }

        public async Task InitializeAsync()
        {
            _database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
            _provider = await ConfiguredProvider.StartAsync(
                _database,
                new Dictionary<string, string?>
                {
                    ["Identity:Clients:machine:Profile"] = "Service",
                    ["Identity:Clients:machine:Secret"] = _secret,
                    ["Identity:Clients:machine:Scopes:0"] = "api",
                }
            );
            _application = await EchoApplication.StartAsync();
            _apache = await ApacheProxy.StartResourceServerAsync(
                new Uri($"http://localhost:{ConfiguredProvider.FreePort()}/"),
                _provider.Issuer,
                _application.Address
            );
        }

        public async Task DisposeAsync()
        {
            Client.Dispose();
            foreach (var part in new IAsyncDisposable?[] { _apache, _application, _provider, _database })
            {
                if (part is not null)
                    await part.DisposeAsync();
            }
        }
    }
}
