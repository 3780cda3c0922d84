using Identity.Testing;

namespace Identity.IntegrationTests.Interop;

/// <summary>A relying party by Debian's Authlib for Python: <c>tests/interop/authlib_client.py</c>.</summary>
public sealed class AuthlibTests(AuthlibTests.Run run) : IClassFixture<AuthlibTests.Run>
{
    private const string File = "authlib_client.py";

    public static TheoryData<string> Names() => NodeScript.NamesIn(File);

    [Theory]
    [MemberData(nameof(Names))]
    public void Authlib(string name) => run.AssertPassed(name);

    /// <summary>A web client with a secret, and a service with a key.</summary>
    public sealed class Run : NodeScript
    {
        private readonly string _secret = ConfiguredProvider.NewSecret();
        private readonly ClientKeyPair _key = new("service");

        protected override string Script => File;

        // Debian's own, which sees Debian's packages, whatever other Python stands on the PATH.
        protected override string Program => "/usr/bin/python3";

        protected override string[] Arguments => [Script];

        protected override Dictionary<string, string?> Settings =>
            new(ConfiguredProvider.WebClient("authlib", _secret, RelyingParty, "callback"))
            {
                ["Identity:Clients:service:Profile"] = "Service",
                ["Identity:Clients:service:Jwks"] = _key.Jwks,
                ["Identity:Clients:service:TokenEndpointAuthMethod"] = "private_key_jwt",
                ["Identity:Clients:service:Scopes:0"] = "api",
            };

        protected override IEnumerable<KeyValuePair<string, string>> Environment =>
            [
                new("CLIENT_ID", "authlib"),
                new("CLIENT_SECRET", _secret),
                new("SERVICE_ID", "service"),
                new("SERVICE_KEY", _key.PrivatePem),
            ];
    }
}
