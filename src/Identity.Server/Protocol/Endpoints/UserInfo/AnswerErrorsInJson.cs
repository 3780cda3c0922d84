using Microsoft.AspNetCore;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Endpoints.UserInfo;

/// <summary> Repeats the WWW-Authenticate header (RFC 6750 section 3) in the body, which the engine would leave empty.
/// A request without a token gets no error code, only the challenge (section 3.1).
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
