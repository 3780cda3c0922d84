using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;

namespace Identity.Testing;

/// <summary>An authority of a test, and certificates with their keys: issued by it, or self-signed.</summary>
public sealed class TestCertificates : IDisposable
{
    private readonly X509Certificate2 _authority = Make(
        "CN=Test authority",
        null,
        static request =>
        {
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
            request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        }
    );

    /// <summary>The authority alone, as a file for AuthoritiesFile. The caller deletes it.</summary>
    public string AuthorityFile()
    {
        var path = Path.Combine(Path.GetTempPath(), $"authority-{Guid.NewGuid():N}.pem");
        File.WriteAllText(path, _authority.ExportCertificatePem());
        return path;
    }

    /// <summary>A certificate that the authority issued.</summary>
    /// <param name="purpose">The object identifier of its extended key usage; that of clients, unless another is
    /// given.</param>
    public X509Certificate2 Issue(
        string subject,
        string? dns = null,
        string purpose = "1.3.6.1.5.5.7.3.2",
        TimeSpan? age = null
    ) =>
        Make(
            subject,
            _authority,
            request =>
            {
                request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new(purpose)], false));
                if (dns is not null)
                    request.CertificateExtensions.Add(Names(dns));
            },
            age
        );

    /// <summary>A certificate of nobody but itself.</summary>
    public static X509Certificate2 SelfSigned(string subject, string? dns = null) =>
        Make(
            subject,
            null,
            request =>
            {
                if (dns is not null)
                    request.CertificateExtensions.Add(Names(dns));
            }
        );

    /// <summary>A server's certificate and key for localhost, as files for Kestrel. The caller deletes them.</summary>
    public static (string Certificate, string Key) ServerFiles()
    {
        using var certificate = SelfSigned("CN=localhost", "localhost");
        using var key = certificate.GetECDsaPrivateKey()!;
        var path = Path.Combine(Path.GetTempPath(), $"server-{Guid.NewGuid():N}");
        File.WriteAllText(path + ".crt", certificate.ExportCertificatePem());
        File.WriteAllText(path + ".key", key.ExportPkcs8PrivateKeyPem());
        return (path + ".crt", path + ".key");
    }

    /// <summary>A key set that registers a self-signed certificate (RFC 8705 section 2.2).</summary>
    public static string JwksOf(X509Certificate2 certificate) =>
        new JsonObject
        {
            ["keys"] = new JsonArray(
                new JsonObject { ["kty"] = "EC", ["x5c"] = new JsonArray(Convert.ToBase64String(certificate.RawData)) }
            ),
        }.ToJsonString();

    /// <summary>The value of the header in which a proxy passes a certificate on (RFC 9440).</summary>
    public static string HeaderOf(X509Certificate2 certificate) => $":{Convert.ToBase64String(certificate.RawData)}:";

    public void Dispose() => _authority.Dispose();

    private static X509Certificate2 Make(
        string subject,
        X509Certificate2? issuer,
        Action<CertificateRequest> extend,
        TimeSpan? age = null
    )
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new(subject, key, HashAlgorithmName.SHA256);
        extend(request);
        var now = TimeProvider.System.GetUtcNow();
        var (from, to) = age is { } old
            ? (now - old, now - old + TimeSpan.FromHours(1))
            : (now.AddMinutes(-10), now.AddHours(2));
        if (issuer is null)
            return request.CreateSelfSigned(now.AddDays(-30), now.AddHours(4));
        using var issued = request.Create(issuer, from, to, RandomNumberGenerator.GetBytes(12));
        return issued.CopyWithPrivateKey(key);
    }

    private static X509Extension Names(string dns)
    {
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName(dns);
        names.AddIpAddress(IPAddress.Loopback);
        return names.Build();
    }
}
