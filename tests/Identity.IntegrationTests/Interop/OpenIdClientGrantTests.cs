using Identity.IntegrationTests.Conformance;
using Identity.Testing;

namespace Identity.IntegrationTests.Interop;

/// <summary>A device, a client that asks for a person, tokens for tokens and registration, by npm openid-client:
/// <c>tests/interop/openid-client.grants.test.mjs</c>.</summary>
public sealed class OpenIdClientGrantTests(OpenIdClientGrantTests.Run run) : IClassFixture<OpenIdClientGrantTests.Run>
{
    private const string File = "openid-client.grants.test.mjs";

    public static TheoryData<string> Names() => NodeScript.NamesIn(File);

    [Theory]
    [MemberData(nameof(Names))]
    public void Npm_openid_client(string name) => run.AssertPassed(name);

    /// <summary>Every grant is on, and a client registered for each.</summary>
    public sealed class Run : NodeScript
    {
        private const string Exchange = "urn:ietf:params:oauth:grant-type:token-exchange";
        private readonly string _secret = ConfiguredProvider.NewSecret();

        protected override string Script => File;

        protected override Dictionary<string, string?> Settings =>
            new(Clients.SelectMany(static client => client.Settings))
            {
                ["Identity:Grants:DeviceAuthorization"] = "true",
                ["Identity:Grants:BackchannelAuthentication"] = "true",
                ["Identity:Grants:TokenExchange"] = "true",
                ["Identity:ClientRegistration:Enabled"] = "true",
                ["Identity:ClientRegistration:Open"] = "true",
            };

        protected override IEnumerable<KeyValuePair<string, string>> Environment =>
            [new("CLIENT_SECRET", _secret), new("CIBA_PAGE", "account/requests")];

        private IEnumerable<Registration> Clients =>
            [
                new("tv", "")
                {
                    Profile = "Native",
                    Secret = null,
                    Scopes = "openid email offline_access",
                    GrantTypes = "urn:ietf:params:oauth:grant-type:device_code refresh_token",
                },
                new("bank", "")
                {
                    Secret = _secret,
                    Scopes = "openid email",
                    GrantTypes = "urn:openid:params:grant-type:ciba",
                },
                new("front", At("callback")) { Secret = _secret, Scopes = "openid api" },
                new("service", "")
                {
                    Profile = "Service",
                    Secret = _secret,
                    Scopes = "api",
                    GrantTypes = $"client_credentials {Exchange}",
                    More = new Dictionary<string, string?>
                    {
                        ["TokenExchange:SubjectClients:0"] = "front",
                        ["TokenExchange:Audiences:0"] = "orders",
                        ["TokenExchange:Scopes:0"] = "api",
                    },
                },
            ];
    }
}
