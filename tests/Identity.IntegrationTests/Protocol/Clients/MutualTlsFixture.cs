using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Identity.Testing;

namespace Identity.IntegrationTests.Protocol.Clients;

/// <summary>A provider that takes certificates on its own TLS connections, one that takes them from a proxy, and
/// clients with certificates.</summary>
public sealed class MutualTlsFixture : IAsyncLifetime
{
    public const string RedirectUri = "https://tls.example/callback";
    public const string Header = "Client-Cert";

    private readonly (string Certificate, string Key) _server = TestCertificates.ServerFiles();
    private string _authorityFile = "";

    public TestCertificates Authority { get; } = new();
    public X509Certificate2 SelfSigned { get; } = TestCertificates.SelfSigned("CN=self, O=Example");
    public X509Certificate2 Issued { get; private set; } = null!;
    public ClientKeyPair Key { get; } = new("k1");
    public TestDatabase Database { get; private set; } = null!;

    /// <summary>Ends TLS itself.</summary>
    public IdentityHost Direct { get; private set; } = null!;

    /// <summary>Stands behind a proxy on this machine.</summary>
    public IdentityHost Behind { get; private set; } = null!;

    public Guid UserId { get; private set; }

    public async Task InitializeAsync()
    {
        Issued = Authority.Issue("CN=issued, O=Example", "client.example");
        _authorityFile = Authority.AuthorityFile();
        Database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        UserId = await RelyingParty.CreateUserAsync(Database, "ada@example.com");
        var port = FreePort();
        Direct = await IdentityHost.StartAsync(
            Database,
            new Dictionary<string, string?>(Settings())
            {
                ["Identity:Issuer"] = $"https://localhost:{port}",
                ["Identity:MutualTls:AcceptCertificates"] = "true",
                ["Identity:Grants:BackchannelAuthentication"] = "true",
                ["Identity:MutualTls:Address"] = $"https://mtls.localhost:{port}",
                ["Kestrel:Endpoints:Tls:Url"] = $"https://127.0.0.1:{port}",
                ["Kestrel:Endpoints:Tls:Certificate:Path"] = _server.Certificate,
                ["Kestrel:Endpoints:Tls:Certificate:KeyPath"] = _server.Key,
            }
        );
        Behind = await IdentityHost.StartAsync(
            Database,
            new Dictionary<string, string?>(Settings())
            {
                ["Identity:MutualTls:CertificateHeader"] = Header,
                ["Identity:MutualTls:TrustedProxies:0"] = "127.0.0.1",
                ["Identity:MutualTls:TrustedProxies:1"] = "::1",
            }
        );
    }

    public async Task DisposeAsync()
    {
        await Direct.DisposeAsync();
        await Behind.DisposeAsync();
        await Database.DisposeAsync();
        foreach (var path in new[] { _authorityFile, _server.Certificate, _server.Key })
            File.Delete(path);
        Authority.Dispose();
        SelfSigned.Dispose();
        Issued.Dispose();
        Key.Dispose();
    }

    /// <summary>A connection with this certificate, or without any, to the provider that ends TLS itself.</summary>
    public HttpClient Connect(X509Certificate2? certificate)
    {
        SocketsHttpHandler handler = new() { AllowAutoRedirect = false, UseCookies = false };
        // The server's is of this test, and no authority knows it.
        var expected = X509Certificate2.CreateFromPem(File.ReadAllText(_server.Certificate)).RawData;
        handler.SslOptions.RemoteCertificateValidationCallback = (_, presented, _, _) =>
            presented?.GetRawCertData().AsSpan().SequenceEqual(expected) == true;
        if (certificate is not null)
            handler.SslOptions.LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate;
        return new(handler) { BaseAddress = Direct.BaseAddress };
    }

    public static async Task<Answer> PostAsync(
        HttpClient client,
        string path,
        X509Certificate2? passed = null,
        params (string Name, string Value)[] form
    )
    {
        using HttpRequestMessage request = new(HttpMethod.Post, path)
        {
            Content = new FormUrlEncodedContent(
                form.Select(static field => KeyValuePair.Create(field.Name, field.Value))
            ),
        };
        if (passed is not null)
            request.Headers.Add(Header, TestCertificates.HeaderOf(passed));
        using var response = await client.SendAsync(request);
        return await Answer.ReadAsync(response);
    }

    public static async Task<Answer> UserInfoAsync(HttpClient client, string token, X509Certificate2? passed = null)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, "/connect/userinfo")
        {
            Headers = { Authorization = new("Bearer", token) },
        };
        if (passed is not null)
            request.Headers.Add(Header, TestCertificates.HeaderOf(passed));
        using var response = await client.SendAsync(request);
        return await Answer.ReadAsync(response);
    }

    private Dictionary<string, string?> Settings()
    {
        var settings = ProtocolFixture.Settings;
        settings["Identity:MutualTls:AuthoritiesFile"] = _authorityFile;
        Add(
            "self",
            ("TokenEndpointAuthMethod", "self_signed_tls_client_auth"),
            ("Jwks", TestCertificates.JwksOf(SelfSigned)),
            ("TlsClientCertificateBoundAccessTokens", "true")
        );
        Add("issued", ("TokenEndpointAuthMethod", "tls_client_auth"), ("TlsClientAuthSanDns", "client.example"));
        Add("fapi", ("Profile", "Fapi2"), ("Jwks", Key.Jwks), ("TlsClientCertificateBoundAccessTokens", "true"));
        Add("fapi-dpop", ("Profile", "Fapi2"), ("Jwks", Key.Jwks));
        Add("app", ("Profile", "Native"), ("TlsClientCertificateBoundAccessTokens", "true"));
        return settings;

        void Add(string id, params (string Name, string Value)[] more)
        {
            var client = $"Identity:Clients:{id}:";
            settings[client + "RedirectUris:0"] = RedirectUri;
            string[] scopes = ["openid", "offline_access", "api"];
            string[] grants =
                id == "app"
                    ? ["authorization_code", "refresh_token"]
                    : ["authorization_code", "refresh_token", "client_credentials"];
            for (var i = 0; i < scopes.Length; i++)
                settings[$"{client}Scopes:{i}"] = scopes[i];
            for (var i = 0; i < grants.Length; i++)
                settings[$"{client}GrantTypes:{i}"] = grants[i];
            foreach (var (name, value) in more)
                settings[client + name] = value;
        }
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
