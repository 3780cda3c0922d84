using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Options;

namespace Identity.Server.Protocol.Clients.Certificates;

/// <summary>The certificate of the sender: from the TLS connection, or from the header of a trusted proxy (RFC 8705
/// section 6.5).</summary>
internal sealed class ClientCertificates(IOptions<MutualTlsOptions> options)
{
    private const int MaxCharacters = 16_384;

    private readonly IPNetwork[] _proxies =
    [
        .. options.Value.TrustedProxies.Select(MutualTlsOptionsValidator.Network).OfType<IPNetwork>(),
    ];

    /// <summary>The certificate; null if there is none, or only one in the header of an untrusted sender. The caller
    /// disposes it.</summary>
    /// <param name="peer">The address of the TCP connection, before forwarded headers are applied.</param>
    public X509Certificate2? Read(X509Certificate2? ofConnection, IPAddress? peer, IHeaderDictionary headers)
    {
        if (ofConnection is not null)
            return ofConnection;
        if (
            options.Value.CertificateHeader is not { Length: > 0 } header
            || peer is null
            || !_proxies.Any(network => network.Contains(peer.IsIPv4MappedToIPv6 ? peer.MapToIPv4() : peer))
        )
            return null;
        return headers[header] is [{ Length: > 0 and <= MaxCharacters } value] ? Parse(value) : null;
    }

    /// <summary>Reads a header: DER in base64 between colons (RFC 9440 section 2.1), or PEM, percent-encoded or with
    /// spaces for line breaks.</summary>
    internal static X509Certificate2? Parse(string value)
    {
        try
        {
            if (value.Length > 2 && value[0] == ':' && value[^1] == ':')
                return X509CertificateLoader.LoadCertificate(Convert.FromBase64String(value[1..^1]));
            var text = value.Contains('%', StringComparison.Ordinal) ? Uri.UnescapeDataString(value) : value;
            const string begin = "-----BEGIN CERTIFICATE-----";
            const string end = "-----END CERTIFICATE-----";
            var from = text.IndexOf(begin, StringComparison.Ordinal);
            var to = text.IndexOf(end, StringComparison.Ordinal);
            if (from < 0 || to <= from)
                return null;
            return X509CertificateLoader.LoadCertificate(
                Convert.FromBase64String(
                    string.Concat(
                        text[(from + begin.Length)..to].Where(static character => !char.IsWhiteSpace(character))
                    )
                )
            );
        }
        catch (Exception malformed) when (malformed is FormatException or CryptographicException)
        {
            return null;
        }
    }
}
