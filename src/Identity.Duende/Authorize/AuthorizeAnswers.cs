using Duende.IdentityServer.Endpoints.Results;
using Duende.IdentityServer.Hosting;
using Duende.IdentityServer.ResponseHandling;
using Duende.IdentityServer.Validation;
using Identity.Core.Clients;
using Identity.Core.Grants;
using Identity.DuendeHost.Requests;
using Identity.Server.Browser;
using Identity.Server.Protocol.Denials;
using Identity.Server.Protocol.Endpoints.Authorize.Modes;
using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Extensions.Par;
using Identity.Server.Protocol.Logout.SessionManagement;
using Identity.Server.Protocol.Requests.ErrorAnswers;
using CoreClient = Identity.Core.Clients.Client;

namespace Identity.DuendeHost.Authorize;

/// <summary> Writes the answer of the authorize endpoint: a code or an error to the client, if client and redirect_uri
/// are valid (RFC 6749 4.1.2.1); other errors are shown here. Duende would keep most errors on a page of its own.
/// </summary>
internal sealed class AuthorizeAnswers(
    ClientRegistry registry,
    Issuer issuer,
    StateCookie cookie,
    PushedRequests pushed,
    RequestState state,
    Refusals refusals
) : IHttpResponseWriter<AuthorizeResult>
{
    public async Task WriteHttpResponse(AuthorizeResult result, HttpContext context)
    {
        var response = result.Response;
        var client = registry.Find(response.Request?.ClientId);
        if (response.IsError)
            state.Denial ??= Rename(response);
        var refusal = response.IsError
            ? refusals.Note(context, response.Error, response.ErrorDescription, client?.Id)
            : null;
        var target = client is null ? null : await TargetOfAsync(context, response, client);
        if (target is not null && state.StoredRequest is not null && !await FinishAsync(context, client!))
            (target, refusal) = (null, new("invalid_request_uri", "This request has been answered already."));
        if (target is null)
            await LocalError.WriteAsync(context, new ProtocolError(refusal!.Error, refusal.Description));
        else
            await SendAsync(context, response.Request!, target, await AnswerAsync(context, response, refusal));
    }

    // Duende knows response types and request objects that this host does not, and refuses them for other reasons.
    private static Denial? Rename(AuthorizeResponse response)
    {
        if (response.Request?.Raw is not { } raw)
            return null;
        if (raw["response_type"] is { Length: > 0 } type && type != "code")
            return new(
                nameof(AuthorizeAnswers),
                "unsupported_response_type",
                "The response_type is not supported.",
                "code",
                "another"
            );
        if (raw["request"] is not null)
            return Unsupported("request");
        return raw["request_uri"] is { } uri && !PushedRequests.IsOurs(uri) ? Unsupported("request_uri") : null;
    }

    private static Denial Unsupported(string parameter) =>
        new(
            nameof(AuthorizeAnswers),
            $"{parameter}_not_supported",
            $"The parameter {parameter} is not supported.",
            "parameters, or a pushed request"
        );

    // Parameters beside a request_uri were not pushed, so they must not decide where an error is sent.
    private async ValueTask<string?> TargetOfAsync(HttpContext http, AuthorizeResponse response, CoreClient client)
    {
        var request = response.Request!;
        var target =
            request.RedirectUri
            ?? (
                state.StoredRequest is null
                && request.Raw.GetValues("redirect_uri") is [var named]
                && client.AllowsRedirectUri(named)
                    ? named
                    : null
            );
        return
            target is not null
            && (!response.IsError || await AnswerTarget.MayLeaveAsync(http, client, request.PromptModes))
            ? target
            : null;
    }

    private Task<bool> FinishAsync(HttpContext http, CoreClient client) =>
        pushed.FinishAsync(state.StoredRequest!, client.Id, http.RequestAborted);

    private async Task<List<KeyValuePair<string, string?>>> AnswerAsync(
        HttpContext http,
        AuthorizeResponse response,
        Refusal? refusal
    )
    {
        var request = response.Request!;
        List<KeyValuePair<string, string?>> answer = [];
        if (refusal is null)
            answer.Add(new("code", response.Code));
        else
            answer.AddRange([new("error", refusal.Error), new("error_description", refusal.Description)]);
        answer.Add(new("state", request.State ?? request.Raw["state"]));
        // RFC 9207.
        answer.Add(new("iss", issuer.Value));
        answer.Add(new("session_state", await SessionStateAsync(http, request, refusal is null)));
        return [.. answer.Where(static parameter => !string.IsNullOrEmpty(parameter.Value))];
    }

    // Session Management 1.0 section 2. An answer without a session removes the browser's state.
    private async Task<string?> SessionStateAsync(HttpContext http, ValidatedAuthorizeRequest request, bool succeeded)
    {
        if (await http.GetActiveSessionAsync() is not { } session)
        {
            BrowserAccounts.Of(http).ForgetState(http);
            return null;
        }
        if (!succeeded || !request.IsOpenIdRequest)
            return null;
        cookie.Keep(http, session.Id);
        return SessionState.Create(request.ClientId, request.RedirectUri, cookie.ValueOf(session.Id));
    }

    // A faulty response_mode must not decide how an error is returned.
    private async Task SendAsync(
        HttpContext http,
        ValidatedAuthorizeRequest request,
        string target,
        List<KeyValuePair<string, string?>> answer
    )
    {
        var asked = request.Raw["response_mode"];
        var allowed = registry.Find(request.ClientId)!.ResponseModes;
        switch (asked is not null && allowed.Contains(asked) ? asked : ClientResponseMode.Query)
        {
            case ClientResponseMode.FormPost:
                await AuthorizationResponseModes.ByFormPostAsync(http, target, answer);
                break;
            case ClientResponseMode.Fragment:
                AuthorizationResponseModes.ByFragment(http, target, answer);
                break;
            default:
                AuthorizationResponseModes.ByQuery(http, target, answer);
                break;
        }
    }
}
