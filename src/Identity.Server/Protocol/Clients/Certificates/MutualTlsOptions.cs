using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Options;

namespace Identity.Server.Protocol.Clients.Certificates;

/// <summary>Section <c>Identity:MutualTls</c>: how client certificates arrive, and which are trusted (RFC
/// 8705).</summary>
internal sealed class MutualTlsOptions
{
    public const string Section = "Identity:MutualTls";

    /// <summary>Whether this program asks for a certificate on its own https connections. An endpoint's
    /// <c>ClientCertificateMode</c> in section <c>Kestrel</c> takes precedence.</summary>
    public bool AcceptCertificates { get; set; }

    /// <summary>The header in which a proxy passes the certificate: <c>Client-Cert</c> (RFC 9440), or one with a PEM in
    /// percent-encoding such as nginx's <c>X-SSL-CERT</c>. Empty: none.</summary>
    public string? CertificateHeader { get; set; }

    /// <summary>The proxies that may set it, as addresses or networks. From other senders it is ignored.</summary>
    public IList<string> TrustedProxies { get; } = [];

    /// <summary>A file of PEM certificates: the authorities that certify clients, with intermediate ones. Without it,
    /// <c>tls_client_auth</c> is off; self-signed certificates need none.</summary>
    public string? AuthoritiesFile { get; set; }

    /// <summary>A second https address of this provider at which certificates are requested, for
    /// <c>mtls_endpoint_aliases</c> (RFC 8705 section 5), so that browsers at the first address are not
    /// prompted.</summary>
    public string? Address { get; set; }

    /// <summary>Whether certificates can arrive at all.</summary>
    public bool IsOn => AcceptCertificates || CertificateHeader is { Length: > 0 };

    /// <summary>The second address; null if there is none.</summary>
    public Uri? BaseUri => Uri.TryCreate(Address, UriKind.Absolute, out var uri) ? uri : null;
}

internal sealed class MutualTlsOptionsValidator : IValidateOptions<MutualTlsOptions>
{
    public ValidateOptionsResult Validate(string? name, MutualTlsOptions options)
    {
        List<string> failures = [];
        for (var i = 0; i < options.TrustedProxies.Count; i++)
        {
            if (Network(options.TrustedProxies[i]) is null)
                failures.Add(
                    $"{MutualTlsOptions.Section}:TrustedProxies:{i}: "
                        + "must be an address or a network such as 10.0.0.0/24."
                );
        }
        if (!string.IsNullOrEmpty(options.CertificateHeader) && options.TrustedProxies.Count == 0)
            failures.Add(
                $"{MutualTlsOptions.Section}:TrustedProxies: must name the proxies that set "
                    + $"{options.CertificateHeader}."
            );
        if (!string.IsNullOrEmpty(options.AuthoritiesFile) && FileProblem(options.AuthoritiesFile) is { } problem)
            failures.Add($"{MutualTlsOptions.Section}:AuthoritiesFile: {problem}");
        if (
            !string.IsNullOrEmpty(options.Address)
            && options.BaseUri is not { Scheme: "https", AbsolutePath: "/", Query: "", Fragment: "", UserInfo: "" }
        )
            failures.Add(
                $"{MutualTlsOptions.Section}:Address: "
                    + $"'{options.Address}' must be an https address such as https://mtls.id.example.com, "
                    + "without path and query."
            );
        if (!options.IsOn && (!string.IsNullOrEmpty(options.AuthoritiesFile) || !string.IsNullOrEmpty(options.Address)))
            failures.Add(
                $"{MutualTlsOptions.Section}: says whom to believe or where to ask, but no certificate can arrive: "
                    + "set AcceptCertificates, or CertificateHeader with TrustedProxies."
            );
        return failures.Count > 0 ? ValidateOptionsResult.Fail(failures) : ValidateOptionsResult.Success;
    }

    internal static IPNetwork? Network(string text) =>
        IPAddress.TryParse(text, out var address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
        : IPNetwork.TryParse(text, out var network) ? network
        : null;

    private static string? FileProblem(string path)
    {
        try
        {
            X509Certificate2Collection certificates = [];
            certificates.ImportFromPemFile(path);
            var count = certificates.Count;
            foreach (var certificate in certificates)
                certificate.Dispose();
            return count > 0 ? null : $"'{path}' holds no certificate in PEM.";
        }
        catch (Exception unreadable)
            when (unreadable is IOException or UnauthorizedAccessException or CryptographicException)
        {
            return $"'{path}' cannot be read: {unreadable.Message}";
        }
    }
}
