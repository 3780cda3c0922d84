using Identity.Server.Protocol.Denials;
using Microsoft.AspNetCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Endpoints.UserInfo;

/// <summary>Accepts an access token once, in the header or a form, and never in a URL, where logs and histories would
/// keep it (RFC 6750 2, RFC 9700 4.3.2).</summary>
internal sealed class RefuseTokenInQuery : IOpenIddictServerHandler<ExtractUserInfoRequestContext>
{
    public ValueTask HandleAsync(ExtractUserInfoRequestContext context)
    {
        if (context.Transaction.GetHttpRequest() is not { } request)
            return ValueTask.CompletedTask;
        var inQuery = request.Query.ContainsKey(OpenIddictConstants.Parameters.AccessToken);
        var twice =
            request.Headers.Authorization.Count > 0
            && request.HasFormContentType
            && request.Form.ContainsKey(OpenIddictConstants.Parameters.AccessToken);
        if (inQuery || twice)
        {
            context.Deny(
                new(
                    nameof(RefuseTokenInQuery),
                    OpenIddictConstants.Errors.InvalidRequest,
                    "The access token must come once, in the header or in the form.",
                    "one token, not in the query",
                    inQuery ? "in the query" : "in header and form"
                )
            );
        }
        return ValueTask.CompletedTask;
    }
}
