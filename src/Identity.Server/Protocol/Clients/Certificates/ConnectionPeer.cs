using System.Net;
using Microsoft.Extensions.Options;

namespace Identity.Server.Protocol.Clients.Certificates;

/// <summary>The address that the TCP connection comes from, before any forwarded header was heeded: whose certificate
/// header may be believed.</summary>
internal sealed record ConnectionPeer(IPAddress? Address)
{
    /// <summary>Notes it. Must come before everything that changes the address of a request.</summary>
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
