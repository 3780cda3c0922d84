using Identity.Core.Clients;
using Identity.Server.Protocol.Denials;
using Identity.Server.Protocol.Requests.ErrorAnswers;
using Identity.Server.Protocol.Requests.Parsing;
using Microsoft.AspNetCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Extensions.Par;

/// <summary>Keeps a good pushed request and answers with its name (RFC 9126 section 2.2). One SQL command.</summary>
internal sealed class StorePushedRequest(PushedRequests pushed, ClientRegistry registry, StrangerLimits limits)
    : IOpenIddictServerHandler<HandlePushedAuthorizationRequestContext>
{
    public async ValueTask HandleAsync(HandlePushedAuthorizationRequestContext context)
    {
        var client = registry.Find(context.Request.ClientId)!;
        var parameters = RequestParameters.Of(context.Request).ToArray();
        var most = client.IsConfidential ? PushedRequests.MaxCharacters : PushedRequests.MaxPublicCharacters;
        if (!PushedRequests.IsShortEnough(parameters, most))
        {
            context.Deny(
                new(
                    nameof(StorePushedRequest),
                    OpenIddictConstants.Errors.InvalidRequest,
                    "The request is too large.",
                    $"{most} characters at most",
                    "more"
                )
            );
            return;
        }
        if (limits.Refuse(context, "pushed_request", client))
            return;
        var cancellation = context.Transaction.GetHttpRequest()!.HttpContext.RequestAborted;
        context.Parameters[OpenIddictConstants.Parameters.RequestUri] = await pushed.PushAsync(
            client.Id,
            parameters,
            cancellation
        );
    }
}

/// <summary>The engine would make a token of the request.</summary>
internal sealed class DisableRequestToken : IOpenIddictServerHandler<ProcessSignInContext>
{
    public ValueTask HandleAsync(ProcessSignInContext context)
    {
        (context.GenerateRequestToken, context.IncludeRequestToken) = (false, false);
        return ValueTask.CompletedTask;
    }
}

/// <summary>The lifetime that holds, in place of the one that the engine's token would have had.</summary>
internal sealed class AttachRequestLifetime : IOpenIddictServerHandler<ProcessSignInContext>
{
    public ValueTask HandleAsync(ProcessSignInContext context)
    {
        context.Response.ExpiresIn = (long)PushedRequests.Lifetime.TotalSeconds;
        return ValueTask.CompletedTask;
    }
}
