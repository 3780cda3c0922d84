using Duende.IdentityServer.Endpoints.Results;
using Duende.IdentityServer.Hosting;
using Duende.IdentityServer.ResponseHandling;
using Duende.IdentityServer.Validation;
using Identity.DuendeHost.Requests;
using Identity.Server.Protocol.Extensions.Par;

namespace Identity.DuendeHost.Authorize;

/// <summary>Stores a valid pushed request and answers with its name (RFC 9126 section 2.2). One SQL command.</summary>
internal sealed class PushedResponses(PushedRequests pushed, RequestState state, IHttpContextAccessor accessor)
    : IPushedAuthorizationResponseGenerator
{
    public async Task<PushedAuthorizationResponse> CreateResponseAsync(ValidatedPushedAuthorizationRequest request)
    {
        var client = state.Client!;
        KeyValuePair<string, string>[] parameters = [.. request.Raw.Pairs()];
        var most = client.IsConfidential ? PushedRequests.MaxCharacters : PushedRequests.MaxPublicCharacters;
        if (!PushedRequests.IsShortEnough(parameters, most))
            return new PushedAuthorizationFailure
            {
                Error = "invalid_request",
                ErrorDescription = "The request is too large.",
            };
        return new PushedAuthorizationSuccess
        {
            RequestUri = await pushed.PushAsync(client.Id, parameters, accessor.Current().RequestAborted),
            ExpiresIn = (int)PushedRequests.Lifetime.TotalSeconds,
        };
    }
}

/// <summary>Answers a refused pushed request (RFC 9126 section 2.3).</summary>
internal sealed class PushedErrors(Refusals refusals, RequestState state)
    : IHttpResponseWriter<PushedAuthorizationErrorResult>
{
    public Task WriteHttpResponse(PushedAuthorizationErrorResult result, HttpContext context)
    {
        var answer = result.Response;
        return refusals.WriteAsync(
            context,
            refusals.Note(context, answer.Error, answer.ErrorDescription, state.Client?.Id)
        );
    }
}
