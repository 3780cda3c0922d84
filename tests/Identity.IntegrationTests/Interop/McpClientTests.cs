using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Identity.IntegrationTests.Conformance;
using Identity.Server.Protocol.Registration;
using Identity.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.IntegrationTests.Interop;

/// <summary>The sample MCP server, signed in to by the official TypeScript SDK from nothing but its address:
/// <c>tests/interop/mcp.test.mjs</c>.</summary>
public sealed class McpClientTests(McpClientTests.Run run) : IClassFixture<McpClientTests.Run>
{
    private const string File = "mcp.test.mjs";

    public static TheoryData<string> Names() => NodeScript.NamesIn(File);

    [Theory]
    [MemberData(nameof(Names))]
    public void Npm_modelcontextprotocol_sdk(string name) => run.AssertPassed(name);

    /// <summary>The provider takes documents and registrations; the server is the program that it is.</summary>
    public sealed class Run : NodeScript
    {
        private readonly string _secret = ConfiguredProvider.NewSecret();
        private readonly Uri _server = SampleProgram.FreeAddress();
        private readonly X509Certificate2 _certificate = TestCertificates.SelfSigned("CN=localhost", "localhost");
        private readonly string _document = $"https://localhost:{ConfiguredProvider.FreePort()}/client.json";

        protected override string Script => File;

        protected override Dictionary<string, string?> Settings =>
            new(
                new Registration("service", "")
                {
                    Profile = "Service",
                    Secret = _secret,
                    Scopes = "api",
                    GrantTypes = "client_credentials",
                }.Settings
            )
            {
                ["Identity:Scopes:notes-read:Name"] = "notes:read",
                ["Identity:Scopes:notes-read:DisplayName"] = "Read your notes",
                ["Identity:Scopes:notes-read:Resources:0"] = Resource,
                ["Identity:Scopes:notes-write:Name"] = "notes:write",
                ["Identity:Scopes:notes-write:DisplayName"] = "Change your notes",
                ["Identity:Scopes:notes-write:Resources:0"] = Resource,
                ["Identity:ClientMetadataDocuments:Enabled"] = "true",
                ["Identity:ClientMetadataDocuments:AllowedHosts:0"] = "localhost",
                ["Identity:ClientMetadataDocuments:AllowedScopes:0"] = "notes:read",
                ["Identity:ClientMetadataDocuments:AllowedScopes:1"] = "notes:write",
                ["Identity:ClientMetadataDocuments:AllowedScopes:2"] = "offline_access",
                ["Identity:ClientRegistration:Enabled"] = "true",
                ["Identity:ClientRegistration:Open"] = "true",
                ["Identity:ClientRegistration:AllowedScopes:0"] = "notes:read",
                ["Identity:ClientRegistration:AllowedScopes:1"] = "offline_access",
            };

        protected override IEnumerable<KeyValuePair<string, string>> Environment =>
            [
                new("MCP_URL", Resource),
                new("DOCUMENT_URL", _document),
                new("CERTIFICATE", _certificate.ExportCertificatePem()),
                new("KEY", _certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem()),
                new("CLIENT_SECRET", _secret),
            ];

        private string Resource => new Uri(_server, "mcp").AbsoluteUri;

        public override async Task DisposeAsync()
        {
            _certificate.Dispose();
            await base.DisposeAsync();
        }

        protected override async Task<IAsyncDisposable?> StartBesideAsync(string issuer) =>
            await SampleProgram.StartAsync(
                "Mcp",
                _server,
                new Dictionary<string, string> { ["Oidc:Authority"] = issuer }
            );

        // The document comes over TLS from this machine, by a certificate that no authority signed.
        protected override void Replace(IServiceCollection services) =>
            services.AddSingleton(_ => new ClientDocumentFetcher(
                new HttpClient(
                    new SocketsHttpHandler
                    {
                        SslOptions = new SslClientAuthenticationOptions
                        {
                            RemoteCertificateValidationCallback = (_, presented, _, _) =>
                                presented?.GetCertHashString(HashAlgorithmName.SHA256)
                                == _certificate.GetCertHashString(HashAlgorithmName.SHA256),
                        },
                    }
                )
            ));
    }
}
