using Identity.Core.Clients;
using Identity.Server.Protocol.Clients.Certificates;
using Microsoft.Extensions.Options;

namespace Identity.Server.Protocol.Clients;

/// <summary>The methods of client authentication: mutual TLS only if it is configured.</summary>
internal sealed class AuthenticationMethods(IOptions<MutualTlsOptions> options, CertificateAuthorities authorities)
{
    /// <summary>For endpoints that every client may call.</summary>
    public IEnumerable<string> OfClients => [.. OfConfidentialClients, ClientAuthMethod.None];

    /// <summary>For endpoints that are closed to public clients.</summary>
    public IEnumerable<string> OfConfidentialClients
    {
        get
        {
            yield return ClientAuthMethod.SecretBasic;
            yield return ClientAuthMethod.SecretPost;
            yield return ClientAuthMethod.PrivateKeyJwt;
            if (options.Value.IsOn && authorities.Any)
                yield return ClientAuthMethod.TlsClientAuth;
            if (options.Value.IsOn)
                yield return ClientAuthMethod.SelfSignedTlsClientAuth;
        }
    }
}
