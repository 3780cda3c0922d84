using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Options;

namespace Identity.Server.Protocol.Clients.Certificates;

/// <summary> Requests a certificate in the TLS handshake, if enabled. A client without one may continue, and any
/// certificate is accepted: the handshake only proves possession of its key. Later rules decide whose it is (a
/// self-signed one has no chain).
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
