using Microsoft.AspNetCore;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Clients.Certificates;

/// <summary>Reads the sender's certificate from the header of a trusted proxy (RFC 9440) if the connection has
/// none.</summary>
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
