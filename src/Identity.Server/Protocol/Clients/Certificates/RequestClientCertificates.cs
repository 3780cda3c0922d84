using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Options;

namespace Identity.Server.Protocol.Clients.Certificates;

/// <summary>
/// Asks for a certificate in the TLS handshake, where that is on. Whoever has none gets on without, and any is taken
/// there: that its key is held is all that a handshake shows; whose it is, the rules judge (a self-signed one has no
/// chain).
/// </summary>
internal sealed class RequestClientCertificates(IOptions<MutualTlsOptions> options)
    : IConfigureOptions<KestrelServerOptions>
{
    public void Configure(KestrelServerOptions kestrel)
    {
        if (!options.Value.AcceptCertificates)
            return;
        kestrel.ConfigureHttpsDefaults(static https =>
        {
            https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
            https.AllowAnyClientCertificate();
        });
    }
}
