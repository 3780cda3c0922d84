using Identity.Core.Clients;
using Identity.Testing;

namespace Identity.IntegrationTests.Interop;

/// <summary>Stock middleware of web applications on Node.js: <c>tests/interop/web-frameworks.test.mjs</c>.</summary>
public sealed class WebFrameworkTests(WebFrameworkTests.Run run) : IClassFixture<WebFrameworkTests.Run>
{
    private const string File = "web-frameworks.test.mjs";

    public static TheoryData<string> Names() => NodeScript.NamesIn(File);

    [Theory]
    [MemberData(nameof(Names))]
    public void A_stock_client(string name) => run.AssertPassed(name);

    /// <summary>An ordinary web client, one that knows no PKCE, and one that reads the ID token alone.</summary>
    public sealed class Run : NodeScript
    {
        private readonly string _secret = ConfiguredProvider.NewSecret();

        protected override string Script => File;

        protected override Dictionary<string, string?> Settings =>
            new(
                ConfiguredProvider
                    .WebClient("web", _secret, RelyingParty, "callback", "bye")
                    .Concat(ConfiguredProvider.WebClient("no-pkce", _secret, RelyingParty, "callback", "bye"))
                    .Concat(ConfiguredProvider.WebClient("auth-js", _secret, RelyingParty, "auth/callback/identity"))
            )
            {
                ["Identity:Clients:web:PostLogoutRedirectUris:1"] = RelyingParty.GetLeftPart(UriPartial.Authority),
                ["Identity:Clients:no-pkce:AllowNonceInsteadOfPkce"] = "true",
                ["Identity:Clients:auth-js:UserClaimsInIdToken"] = "true",
            };

        protected override IEnumerable<KeyValuePair<string, string>> Environment =>
            [new("CLIENT_SECRET", _secret), new("SNIPPET", Snippet().Text)];

        // The script puts the issuer in, whose port is known once it runs.
        private ClientSnippet Snippet() =>
            ClientSnippets
                .For(
                    ClientReader.Defaults(ClientProfile.Web) with
                    {
                        Id = "web",
                        RedirectUris = [At("callback")],
                        Scopes = new HashSet<string> { "openid", "email", "offline_access" },
                    },
                    "https://issuer.invalid"
                )
                .Single(static snippet => snippet.Stack == "node");
    }
}
