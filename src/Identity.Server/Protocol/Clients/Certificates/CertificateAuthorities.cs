using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Options;

namespace Identity.Server.Protocol.Clients.Certificates;

/// <summary>
/// Whether a certificate was issued by an authority that certifies clients (RFC 8705 section 2.1). Judged here, whether
/// the certificate came over a connection of our own or through a proxy: a handshake proves a key, and not who vouches
/// for it. Nothing is fetched; revocation lists are not asked.
/// </summary>
internal sealed class CertificateAuthorities(IOptions<MutualTlsOptions> options, TimeProvider clock)
{
    // Of the purposes that a certificate may be limited to (RFC 5280 section 4.2.1.12): a server's does not do.
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private readonly Lazy<X509Certificate2Collection?> _trusted = new(() => Load(options.Value.AuthoritiesFile));

    /// <summary>Whether there are any, and so <c>tls_client_auth</c> is on.</summary>
    public bool Any => _trusted.Value is { Count: > 0 };

    /// <summary>The private reason why the certificate is not believed; null when it is.</summary>
    public string? Problem(X509Certificate2 certificate)
    {
        if (_trusted.Value is not { Count: > 0 } trusted)
            return $"{MutualTlsOptions.Section}:AuthoritiesFile names no authority.";
        using X509Chain chain = new();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(trusted);
        chain.ChainPolicy.ExtraStore.AddRange(trusted);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(new(ClientAuthentication));
        chain.ChainPolicy.VerificationTimeIgnored = false;
        chain.ChainPolicy.VerificationTime = clock.GetUtcNow().UtcDateTime;
        return chain.Build(certificate)
            ? null
            : $"The certificate is not of an authority of ours: "
                + $"{string.Join(", ", chain.ChainStatus.Select(static status => status.Status))}.";
    }

    private static X509Certificate2Collection? Load(string? path)
    {
        if (string.IsNullOrEmpty(path))
            return null;
        X509Certificate2Collection certificates = [];
        certificates.ImportFromPemFile(path);
        return certificates;
    }
}
