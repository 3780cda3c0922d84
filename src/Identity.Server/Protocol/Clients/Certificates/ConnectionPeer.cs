using System.Net;
using Microsoft.Extensions.Options;

namespace Identity.Server.Protocol.Clients.Certificates;

/// <summary>The address of the TCP connection, before forwarded headers are applied; it decides whether a certificate
/// header is trusted.</summary>
internal sealed record ConnectionPeer(IPAddress? Address)
{
    /// <summary>Records it. Must come before everything that changes the address of a request.</summary>
    public static void Use(WebApplication app)
    {
        if (
            app.Services.GetRequiredService<IOptions<MutualTlsOptions>>().Value.CertificateHeader is not { Length: > 0 }
        )
            return;
        app.Use(
            static (http, next) =>
            {
                http.Features.Set(new ConnectionPeer(http.Connection.RemoteIpAddress));
                return next(http);
            }
        );
    }
}
