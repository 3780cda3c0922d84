using Identity.Core.Clients;
using Identity.Server.Protocol.Denials;
using Identity.Server.Protocol.Requests.ErrorAnswers;
using Identity.Server.Protocol.Requests.Parsing;
using Microsoft.AspNetCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Extensions.Par;

/// <summary>Stores a valid pushed request and answers with its name (RFC 9126 section 2.2). One SQL command.</summary>
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

/// <summary>The engine would turn the request into a token.</summary>
internal sealed class DisableRequestToken : IOpenIddictServerHandler<ProcessSignInContext>
{
    public ValueTask HandleAsync(ProcessSignInContext context)
    {
        (context.GenerateRequestToken, context.IncludeRequestToken) = (false, false);
        return ValueTask.CompletedTask;
    }
}

/// <summary>The real lifetime instead of that of the engine's token.</summary>
internal sealed class AttachRequestLifetime : IOpenIddictServerHandler<ProcessSignInContext>
{
    public ValueTask HandleAsync(ProcessSignInContext context)
    {
        context.Response.ExpiresIn = (long)PushedRequests.Lifetime.TotalSeconds;
        return ValueTask.CompletedTask;
    }
}
