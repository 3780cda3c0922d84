using Identity.Testing;

namespace Identity.IntegrationTests.Interop;

/// <summary>A web application by npm openid-client: <c>tests/interop/openid-client.test.mjs</c>.</summary>
public sealed class OpenIdClientTests(OpenIdClientTests.Run run) : IClassFixture<OpenIdClientTests.Run>
{
    private const string File = "openid-client.test.mjs";

    public static TheoryData<string> Names() => NodeScript.NamesIn(File);

    [Theory]
    [MemberData(nameof(Names))]
    public void Npm_openid_client(string name) => run.AssertPassed(name);

    /// <summary>A confidential client with a secret.</summary>
    public sealed class Run : NodeScript
    {
        private readonly string _secret = ConfiguredProvider.NewSecret();

        protected override string Script => File;

        protected override Dictionary<string, string?> Settings =>
            new(ConfiguredProvider.WebClient("interop", _secret, RelyingParty, "callback", "bye"))
            {
                ["Identity:Clients:interop:BackchannelLogoutUri"] = At("backchannel"),
            };

        protected override IEnumerable<KeyValuePair<string, string>> Environment =>
            [
                new("CLIENT_ID", "interop"),
                new("CLIENT_SECRET", _secret),
                new("POST_LOGOUT_URI", At("bye")),
                new("BACKCHANNEL_URI", At("backchannel")),
            ];
    }
}
