using System.Security.Cryptography.X509Certificates;
using Identity.IntegrationTests.Conformance;
using Identity.Testing;

namespace Identity.IntegrationTests.Interop;

/// <summary>Mutual TLS by npm openid-client: <c>tests/interop/openid-client.mtls.test.mjs</c>. The provider ends TLS
/// itself.</summary>
public sealed class OpenIdClientTlsTests(OpenIdClientTlsTests.Run run) : IClassFixture<OpenIdClientTlsTests.Run>
{
    private const string File = "openid-client.mtls.test.mjs";

    public static TheoryData<string> Names() => NodeScript.NamesIn(File);

    [Theory]
    [MemberData(nameof(Names))]
    public void Npm_openid_client(string name) => run.AssertPassed(name);

    /// <summary>A client that registered its self-signed certificate, and a stranger with another.</summary>
    public sealed class Run : NodeScript
    {
        private readonly X509Certificate2 _own = TestCertificates.SelfSigned("CN=client, O=Example");
        private readonly X509Certificate2 _strangers = TestCertificates.SelfSigned("CN=client, O=Example");
        private readonly (string Certificate, string Key) _server = TestCertificates.ServerFiles();
        private readonly int _port = ConfiguredProvider.FreePort();

        protected override string Script => File;

        protected override Dictionary<string, string?> Settings
        {
            get
            {
                Registration client = new("tls", "")
                {
                    Profile = "Service",
                    Secret = null,
                    Scopes = "api",
                    GrantTypes = "client_credentials",
                    More = new Dictionary<string, string?>
                    {
                        ["TokenEndpointAuthMethod"] = "self_signed_tls_client_auth",
                        ["Jwks"] = TestCertificates.JwksOf(_own),
                        ["TlsClientCertificateBoundAccessTokens"] = "true",
                    },
                };
                return new(client.Settings)
                {
                    ["Identity:Issuer"] = $"https://localhost:{_port}/",
                    ["Identity:MutualTls:AcceptCertificates"] = "true",
                    ["Kestrel:Endpoints:Tls:Url"] = $"https://127.0.0.1:{_port}",
                    ["Kestrel:Endpoints:Tls:Certificate:Path"] = _server.Certificate,
                    ["Kestrel:Endpoints:Tls:Certificate:KeyPath"] = _server.Key,
                };
            }
        }

        protected override IEnumerable<KeyValuePair<string, string>> Environment =>
            [
                new("CA", System.IO.File.ReadAllText(_server.Certificate)),
                new("CERT", _own.ExportCertificatePem()),
                new("KEY", KeyOf(_own)),
                new("OTHER_CERT", _strangers.ExportCertificatePem()),
                new("OTHER_KEY", KeyOf(_strangers)),
            ];

        public override async Task DisposeAsync()
        {
            await base.DisposeAsync();
            System.IO.File.Delete(_server.Certificate);
            System.IO.File.Delete(_server.Key);
            _own.Dispose();
            _strangers.Dispose();
        }

        private static string KeyOf(X509Certificate2 certificate)
        {
            using var key = certificate.GetECDsaPrivateKey()!;
            return key.ExportPkcs8PrivateKeyPem();
        }
    }
}
