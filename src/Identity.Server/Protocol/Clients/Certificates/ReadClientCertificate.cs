using Microsoft.AspNetCore;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Clients.Certificates;

/// <summary>Finds the certificate of the sender, where the engine has found none on the connection: a trusted proxy
/// passes it on in a header (RFC 9440).</summary>
internal sealed class ReadClientCertificate<TContext>(ClientCertificates certificates)
    : IOpenIddictServerHandler<TContext>
    where TContext : BaseValidatingContext
{
    public ValueTask HandleAsync(TContext context)
    {
        if (
            context.Transaction.RemoteCertificate is not null
            || context.Transaction.GetHttpRequest() is not { } request
        )
            return ValueTask.CompletedTask;
        if (
            certificates.Read(null, request.HttpContext.Features.Get<ConnectionPeer>()?.Address, request.Headers) is
            { } passed
        )
        {
            request.HttpContext.Response.RegisterForDispose(passed);
            context.Transaction.RemoteCertificate = passed;
        }
        return ValueTask.CompletedTask;
    }
}
