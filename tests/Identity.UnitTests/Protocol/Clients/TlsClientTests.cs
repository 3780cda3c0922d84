using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Identity.Core.Clients;
using Identity.Server.Protocol.Clients.Certificates;
using Identity.Server.Protocol.Tokens.KeySets;
using Identity.UnitTests.Protocol.Tokens.Jose;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Identity.UnitTests.Protocol.Clients;

/// <summary>RFC 8705: whose certificate it is, and from where one is taken.</summary>
public sealed class TlsClientTests : IDisposable
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);
    private readonly JwksFetcher _fetcher = new(static _ => false);
    private readonly X509Certificate2 _certificate = Certificate();

    public void Dispose()
    {
        _fetcher.Dispose();
        _certificate.Dispose();
    }

    [Theory]
    [InlineData("TlsClientAuthSubjectDn", "CN=client.example, O=Example", true)]
    [InlineData("TlsClientAuthSubjectDn", "cn=client.example,o=Example", true)]
    [InlineData("TlsClientAuthSubjectDn", "CN=client.example", false)]
    [InlineData("TlsClientAuthSubjectDn", "CN=Client.example, O=Example", false)]
    [InlineData("TlsClientAuthSanDns", "API.client.example", true)]
    [InlineData("TlsClientAuthSanDns", "client.example", false)]
    [InlineData("TlsClientAuthSanIp", "192.0.2.9", true)]
    [InlineData("TlsClientAuthSanIp", "192.0.2.8", false)]
    [InlineData("TlsClientAuthSanUri", "urn:client:1", true)]
    [InlineData("TlsClientAuthSanUri", "urn:client:2", false)]
    [InlineData("TlsClientAuthSanEmail", "ops@client.example", true)]
    [InlineData("TlsClientAuthSanEmail", "eve@client.example", false)]
    public async Task A_certificate_must_carry_the_one_registered_name(string setting, string value, bool good)
    {
        var client = ProtocolClients.Read(("TokenEndpointAuthMethod", "tls_client_auth"), (setting, value));

        Assert.Equal(good, await Rules().CheckAsync(client, _certificate, default) is null);
    }

    [Theory]
    [InlineData("x5c", true)]
    [InlineData("x5t#S256", true)]
    [InlineData("other", false)]
    public async Task A_self_signed_certificate_must_be_registered(string how, bool good)
    {
        using var other = Certificate();
        var member = how switch
        {
            "x5c" => $"\"x5c\":[\"{Convert.ToBase64String(_certificate.RawData)}\"]",
            "x5t#S256" => $"\"x5t#S256\":\"{TlsClientRules.Thumbprint(_certificate)}\"",
            _ => $"\"x5t#S256\":\"{TlsClientRules.Thumbprint(other)}\"",
        };
        var client = ProtocolClients.Read(
            ("TokenEndpointAuthMethod", "self_signed_tls_client_auth"),
            ("Jwks", $$"""{"keys":[{"kty":"EC",{{member}}}]}""")
        );

        Assert.Equal(good, await Rules().CheckAsync(client, _certificate, default) is null);
    }

    [Fact]
    public async Task A_certificate_out_of_its_time_or_of_a_client_without_mutual_TLS_is_refused()
    {
        var client = ProtocolClients.Read(
            ("TokenEndpointAuthMethod", "tls_client_auth"),
            ("TlsClientAuthSanDns", "api.client.example")
        );

        Assert.NotNull(await Rules(Now.AddYears(10)).CheckAsync(client, _certificate, default));
        Assert.NotNull(await Rules(Now.AddYears(-10)).CheckAsync(client, _certificate, default));
        Assert.NotNull(await Rules().CheckAsync(ProtocolClients.Read(("Profile", "Spa")), _certificate, default));
        Assert.True(TlsClientRules.IsBoundTo(TlsClientRules.Thumbprint(_certificate), _certificate));
        Assert.False(TlsClientRules.IsBoundTo("x", _certificate));
    }

    [Fact]
    public void A_header_counts_from_a_trusted_proxy_only_in_each_way_of_writing_it()
    {
        var options = new MutualTlsOptions { CertificateHeader = "Client-Cert" };
        options.TrustedProxies.Add("10.0.0.0/24");
        var certificates = new ClientCertificates(Options.Create(options));
        var pem = _certificate.ExportCertificatePem();
        foreach (
            var value in new[]
            {
                $":{Convert.ToBase64String(_certificate.RawData)}:",
                Uri.EscapeDataString(pem),
                pem.ReplaceLineEndings(" "),
            }
        )
        {
            var headers = new HeaderDictionary { ["Client-Cert"] = value };

            Assert.Equal(
                _certificate.Thumbprint,
                certificates.Read(null, IPAddress.Parse("::ffff:10.0.0.7"), headers)?.Thumbprint
            );
            Assert.Null(certificates.Read(null, IPAddress.Parse("10.0.1.7"), headers));
            Assert.Null(certificates.Read(null, null, headers));
        }
        foreach (
            var nonsense in new[]
            {
                ":%%%:",
                "::",
                "x",
                "-----BEGIN CERTIFICATE-----",
                "-----BEGIN CERTIFICATE-----AAAA-----END CERTIFICATE-----",
                ":AAAA:",
            }
        )
            Assert.Null(
                certificates.Read(
                    null,
                    IPAddress.Parse("10.0.0.7"),
                    new HeaderDictionary { ["Client-Cert"] = nonsense }
                )
            );
    }

    [Theory]
    [InlineData("TokenEndpointAuthMethod=tls_client_auth", "exactly one")]
    [InlineData("TokenEndpointAuthMethod=tls_client_auth;TlsClientAuthSanDns=a;TlsClientAuthSanEmail=b", "exactly one")]
    [InlineData("TokenEndpointAuthMethod=tls_client_auth;TlsClientAuthSubjectDn=nonsense", "distinguished name")]
    [InlineData("Profile=Spa;TlsClientAuthSanDns=a", "tls_client_auth only")]
    [InlineData("Profile=Spa;RequestObjectSigningAlg=none", "'none' is not one of")]
    [InlineData("Profile=Spa;UserinfoSignedResponseAlg=HS256", "'HS256' is not one of")]
    [InlineData("Profile=Spa;IdTokenEncryptedResponseEnc=A256GCM", "IdTokenEncryptedResponseAlg is missing")]
    [InlineData("Profile=Spa;AllowedResources:0=/api", "absolute URI")]
    [InlineData("Profile=Spa;BackchannelTokenDeliveryMode=push", "not poll")]
    [InlineData("Profile=Spa;SubjectType=pairwise;RedirectUris:1=https://other.example/cb", "several hosts")]
    [InlineData("Profile=Spa;TokenExchange:AllowImpersonation=true", "go together")]
    [InlineData(
        "Profile=Spa;GrantTypes:0=authorization_code;GrantTypes:1=urn:ietf:params:oauth:grant-type:token-exchange",
        "go together"
    )]
    public void A_definition_that_is_wrong_about_a_protocol_is_told_so_by_its_key(string settings, string words)
    {
        var failures = ProtocolClients.Failures([
            .. settings
                .Split(';')
                .Select(static setting =>
                    (
                        setting[..setting.IndexOf('=', StringComparison.Ordinal)],
                        (string?)setting[(setting.IndexOf('=', StringComparison.Ordinal) + 1)..]
                    )
                ),
        ]);

        Assert.Contains(
            failures,
            failure =>
                failure.StartsWith("Identity:Clients:app:", StringComparison.Ordinal)
                && failure.Contains(words, StringComparison.Ordinal)
        );
    }

    private TlsClientRules Rules(DateTimeOffset? now = null)
    {
        var clock = new SetClock(now ?? Now);
        return new(new ClientKeys(_fetcher, clock), clock);
    }

    private static X509Certificate2 Certificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=client.example, O=Example", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("api.client.example");
        names.AddIpAddress(IPAddress.Parse("192.0.2.9"));
        names.AddUri(new Uri("urn:client:1"));
        names.AddEmailAddress("ops@client.example");
        request.CertificateExtensions.Add(names.Build());
        return request.CreateSelfSigned(Now.AddYears(-1), Now.AddYears(1));
    }
}
