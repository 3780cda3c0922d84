using System.Buffers.Text;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Identity.Core.Clients;
using Identity.Server.Protocol.Tokens.KeySets;

namespace Identity.Server.Protocol.Clients.Certificates;

/// <summary> Whether a TLS client certificate is that of a client (RFC 8705 section 2). The handshake proved possession
/// of its key. For <c>tls_client_auth</c>, <see cref="CertificateAuthorities"/> checks that a trusted authority issued
/// it; a self-signed one is compared with those that the client registered.
/// </summary>
internal sealed class TlsClientRules(ClientKeys keys, TimeProvider clock)
{
    private const string SubjectAlternativeName = "2.5.29.17";

    /// <summary>The private reason of a refusal; null if the certificate is the client's.</summary>
    public async Task<string?> CheckAsync(
        Client client,
        X509Certificate2 certificate,
        CancellationToken cancellationToken
    )
    {
        var now = clock.GetUtcNow().UtcDateTime;
        if (now < certificate.NotBefore.ToUniversalTime() || now > certificate.NotAfter.ToUniversalTime())
            return "The certificate is not valid now.";
        if (client.AuthMethods.Contains(ClientAuthMethod.TlsClientAuth))
            return client.Protocols.TlsClientName is { } name && Names(certificate, name)
                ? null
                : "The certificate names somebody else.";
        if (!client.AuthMethods.Contains(ClientAuthMethod.SelfSignedTlsClientAuth))
            return "The client is not registered for mutual TLS.";
        return await IsRegisteredAsync(client, certificate, cancellationToken)
            ? null
            : "The certificate is none that the client registered.";
    }

    /// <summary>The value of <c>cnf.x5t#S256</c> (RFC 8705 section 3.1).</summary>
    public static string Thumbprint(X509Certificate2 certificate) =>
        Base64Url.EncodeToString(SHA256.HashData(certificate.RawDataMemory.Span));

    /// <summary>Whether a token bound to <paramref name="thumbprint"/> may be used with this certificate.</summary>
    public static bool IsBoundTo(string thumbprint, X509Certificate2 certificate) =>
        thumbprint == Thumbprint(certificate);

    internal static bool Names(X509Certificate2 certificate, TlsClientName name)
    {
        if (name.SubjectDn is { } subject)
            return SameName(certificate.SubjectName, new X500DistinguishedName(subject));
        var alternative = certificate.Extensions.FirstOrDefault(static extension =>
            extension.Oid?.Value == SubjectAlternativeName
        );
        if (alternative is null)
            return false;
        var names = new X509SubjectAlternativeNameExtension(alternative.RawData);
        if (name.SanDns is { } dns)
            return names.EnumerateDnsNames().Contains(dns, StringComparer.OrdinalIgnoreCase);
        if (name.SanIp is { } address)
            return names.EnumerateIPAddresses().Contains(address);
        // Tags of GeneralName (RFC 5280 section 4.2.1.6): 1 is rfc822Name, 6 is a URI. Compared character by character.
        return name.SanEmail is { } email
            ? Texts(alternative.RawData, 1).Contains(email, StringComparer.Ordinal)
            : name.SanUri is { } uri
                && Texts(alternative.RawData, 6).Contains(uri.OriginalString, StringComparer.Ordinal);
    }

    // RFC 4514 allows several spellings, and encoders use several string types, so the parts are compared in order by
    // type and value.
    private static bool SameName(X500DistinguishedName one, X500DistinguishedName other)
    {
        var (first, second) = (Parts(one), Parts(other));
        return first.SequenceEqual(second) || first.SequenceEqual(second.Reverse());
    }

    private static IReadOnlyList<string> Parts(X500DistinguishedName name) =>
        [
            .. name.EnumerateRelativeDistinguishedNames(reversed: false)
                .Select(static part =>
                    part.HasMultipleElements
                        ? Convert.ToHexString(part.RawData.Span)
                        : $"{part.GetSingleElementType().Value}={part.GetSingleElementValue()}"
                ),
        ];

    private static List<string> Texts(byte[] extension, int tag)
    {
        var sequence = new AsnReader(extension, AsnEncodingRules.DER).ReadSequence();
        var wanted = new Asn1Tag(TagClass.ContextSpecific, tag);
        List<string> texts = [];
        while (sequence.HasData)
        {
            if (sequence.PeekTag().HasSameClassAndValue(wanted))
                texts.Add(sequence.ReadCharacterString(UniversalTagNumber.IA5String, wanted));
            else
                sequence.ReadEncodedValue();
        }
        return texts;
    }

    private async Task<bool> IsRegisteredAsync(
        Client client,
        X509Certificate2 certificate,
        CancellationToken cancellationToken
    )
    {
        var (whole, thumbprint) = (Convert.ToBase64String(certificate.RawDataMemory.Span), Thumbprint(certificate));
        return (await keys.AllAsync(client, again: false, cancellationToken)).Any(Holds)
            || (await keys.AllAsync(client, again: true, cancellationToken)).Any(Holds);

        bool Holds(ClientKey key) =>
            (
                key.Jwk.TryGetProperty("x5c", out var chain)
                && chain.ValueKind == System.Text.Json.JsonValueKind.Array
                && chain.GetArrayLength() > 0
                && chain[0].ValueEquals(whole)
            )
            || (
                key.Jwk.TryGetProperty("x5t#S256", out var digest)
                && digest.ValueKind == System.Text.Json.JsonValueKind.String
                && digest.ValueEquals(thumbprint)
            );
    }
}
