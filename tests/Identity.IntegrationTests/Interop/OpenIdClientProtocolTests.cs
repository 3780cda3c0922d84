using Identity.IntegrationTests.Conformance;

namespace Identity.IntegrationTests.Interop;

/// <summary>Keys in place of secrets, pushed and signed requests, signed answers, bound tokens, by npm openid-client:
/// <c>tests/interop/openid-client.protocols.test.mjs</c>.</summary>
public sealed class OpenIdClientProtocolTests(OpenIdClientProtocolTests.Run run)
    : IClassFixture<OpenIdClientProtocolTests.Run>
{
    private const string File = "openid-client.protocols.test.mjs";

    public static TheoryData<string> Names() => NodeScript.NamesIn(File);

    [Theory]
    [MemberData(nameof(Names))]
    public void Npm_openid_client(string name) => run.AssertPassed(name);

    /// <summary>A client with a key, and the same under the FAPI 2.0 profile. Proofs must carry a nonce.</summary>
    public sealed class Run : NodeScript
    {
        private readonly ClientKey _key = new();

        protected override string Script => File;

        protected override Dictionary<string, string?> Settings
        {
            get
            {
                Registration keyed = new("keyed", RedirectUri)
                {
                    Secret = null,
                    Scopes = "openid profile email offline_access api",
                    GrantTypes = "authorization_code refresh_token client_credentials",
                    More = new Dictionary<string, string?>
                    {
                        ["TokenEndpointAuthMethod"] = "private_key_jwt",
                        ["Jwks"] = _key.Jwks,
                        ["ResponseModes:0"] = "query",
                        ["ResponseModes:1"] = "jwt",
                    },
                };
                Registration fapi = new("fapi", RedirectUri)
                {
                    Profile = "Fapi2",
                    Secret = null,
                    Scopes = "openid profile email offline_access api",
                    More = new Dictionary<string, string?> { ["Jwks"] = _key.Jwks },
                };
                return new(keyed.Settings.Concat(fapi.Settings)) { ["Identity:Dpop:RequireNonce"] = "true" };
            }
        }

        protected override IEnumerable<KeyValuePair<string, string>> Environment =>
            [new("CLIENT_JWK", _key.PrivateJwk), new("REDIRECT_URI", RedirectUri)];

        // FAPI 2.0 takes https alone; the browser of the script stops before it gets there.
        private const string RedirectUri = "https://client.example/callback";

        public override Task DisposeAsync()
        {
            _key.Dispose();
            return base.DisposeAsync();
        }
    }
}
