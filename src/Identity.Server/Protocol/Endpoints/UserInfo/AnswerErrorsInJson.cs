using Microsoft.AspNetCore;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Endpoints.UserInfo;

/// <summary>
/// What the WWW-Authenticate header says (RFC 6750 section 3), the body says too; the engine would leave it empty. A
/// request without any token is told no error,
/// only how to come back (section 3.1).
/// </summary>
internal sealed class AnswerErrorsInJson : IOpenIddictServerHandler<ApplyUserInfoResponseContext>
{
    public async ValueTask HandleAsync(ApplyUserInfoResponseContext context)
    {
        if (context.Response.Error is not { } error || context.Transaction.GetHttpRequest() is not { } request)
            return;
        Dictionary<string, string?> body =
            error == Errors.MissingToken
                ? []
                : new() { ["error"] = error, ["error_description"] = context.Response.ErrorDescription };
        await request.HttpContext.Response.WriteAsJsonAsync(body, request.HttpContext.RequestAborted);
        context.HandleRequest();
    }
}
