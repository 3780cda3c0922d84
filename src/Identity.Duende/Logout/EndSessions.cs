using System.Collections.Specialized;
using System.Security.Claims;
using Duende.IdentityServer.Endpoints.Results;
using Duende.IdentityServer.Hosting;
using Duende.IdentityServer.Validation;
using Identity.Core.Grants;
using Identity.Server.Protocol.Logout.EndSession;
using Identity.Server.Protocol.Requests.ErrorAnswers;
using Identity.Server.Protocol.Tokens.IdTokens;

namespace Identity.DuendeHost.Logout;

// Logout owns Duende's end session endpoint. Sessions end in SQL, from any cause, where Duende hears nothing: the
// provider's own ledger tells the clients.

/// <summary>Takes the parameters as they are: which hint and address count is for <see cref="EndSessionAnswer"/>.
/// Duende asks for a hint where RP-Initiated Logout 1.0 asks for none.</summary>
internal sealed class EndSessionRequests : IEndSessionRequestValidator
{
    public Task<EndSessionValidationResult> ValidateAsync(NameValueCollection parameters, ClaimsPrincipal subject) =>
        Task.FromResult(
            new EndSessionValidationResult
            {
                IsError = false,
                ValidatedRequest = new() { Raw = parameters },
            }
        );

    /// <summary>Duende's frame for front-channel logout is off.</summary>
    public Task<EndSessionCallbackValidationResult> ValidateCallbackAsync(NameValueCollection parameters) =>
        Task.FromResult(new EndSessionCallbackValidationResult { IsError = true, Error = "unsupported" });
}

/// <summary>Ends the session or asks the person, as on the other engine.</summary>
internal sealed class EndSessionAnswers(EndSessionAnswer answer, IdTokenHints hints)
    : IHttpResponseWriter<EndSessionResult>
{
    public async Task WriteHttpResponse(EndSessionResult result, HttpContext context)
    {
        var raw = result.Result.ValidatedRequest!.Raw;
        var hint = await hints.ReadAsync(raw["id_token_hint"]);
        // RP-Initiated Logout 1.0 section 2: both name the same client.
        if (hint is not null && raw["client_id"] is { Length: > 0 } named && named != hint.ClientId)
            await LocalError.WriteAsync(
                context,
                new ProtocolError("invalid_request", "The id_token_hint is not an ID token of this client.")
            );
        else
            await answer.WriteAsync(
                context,
                new(hint, raw["client_id"], raw["post_logout_redirect_uri"], raw["state"])
            );
    }
}
