using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Options;

namespace Identity.Server.Protocol.Clients.Certificates;

/// <summary> Whether a certificate was issued by an authority that certifies clients (RFC 8705 section 2.1). Checked
/// here for direct connections and for certificates from a proxy: a handshake proves possession of a key, not its
/// issuer. Nothing is fetched; revocation lists are not checked.
/// </summary>
internal sealed class CertificateAuthorities(IOptions<MutualTlsOptions> options, TimeProvider clock)
{
    // The extended key usage (RFC 5280 section 4.2.1.12) must allow client authentication.
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private readonly Lazy<X509Certificate2Collection?> _trusted = new(() => Load(options.Value.AuthoritiesFile));

    /// <summary>Whether any authority is configured, so that <c>tls_client_auth</c> is on.</summary>
    public bool Any => _trusted.Value is { Count: > 0 };

    /// <summary>The private reason why the certificate is not trusted; null if it is.</summary>
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
