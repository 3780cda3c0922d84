using Identity.Core.Clients;
using Identity.Server.Browser;
using Identity.Server.Protocol.Denials;
using Identity.Server.Protocol.Requests.ErrorAnswers;
using Microsoft.AspNetCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Clients;

/// <summary> A client id that is the URL of a metadata document is looked up before any rule asks for the client
/// (draft-ietf-oauth-client-id-metadata-document section 5). After it, the client is in memory like every other. No
/// SQL, and nothing at all for a registered client.
/// </summary>
internal sealed class ResolveClientDocument<TContext>(ClientRegistry registry) : IOpenIddictServerHandler<TContext>
    where TContext : BaseValidatingContext
{
    private const string Kind = "client_document";

    public async ValueTask HandleAsync(TContext context)
    {
        if (context.Transaction.Request?.ClientId is not { Length: > 0 } clientId)
            return;
        var http = context.Transaction.GetHttpRequest()!.HttpContext;
        var result = await registry.ResolveAsync(
            clientId,
            http.ReadRequestContext().IpAddress,
            context is ExtractAuthorizationRequestContext or ExtractPushedAuthorizationRequestContext,
            http.RequestAborted
        );
        if (result is ClientDocumentResult.TooMany { RetryAfter: var pause })
            StrangerLimits.Refuse(context, Kind, pause);
        else if (result is ClientDocumentResult.Refused refused)
            context.Deny(
                new(
                    nameof(ResolveClientDocument<>),
                    OpenIddictConstants.Errors.InvalidClient,
                    refused.Description,
                    "a valid metadata document at the client_id",
                    refused.Reason
                )
            );
    }
}
