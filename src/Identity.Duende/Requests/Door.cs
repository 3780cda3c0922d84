using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Extensions.Dpop;
using Identity.Server.Protocol.Extensions.Par;
using Identity.Server.Protocol.Requests.Resumption;
using Identity.Server.Protocol.Tokens.AccessTokens;
using Identity.Server.Protocol.Tokens.Jose;
using Microsoft.Extensions.Primitives;
using static Duende.IdentityServer.IdentityServerConstants;

namespace Identity.DuendeHost.Requests;

/// <summary> Runs before Duende's endpoints and hands them what they can read: the name of a begun request as a
/// <c>request_uri</c> of RFC 9126, and an access token as a bearer token, whatever its scheme and form. What the
/// request said is kept in the <see cref="RequestState"/>, where the rules find it. </summary>
internal sealed class Door(RequestDelegate next, ReferenceTokens references)
{
    private const string Bearer = "Bearer";
    private const string RequestUri = "request_uri";

    public async Task InvokeAsync(HttpContext http, RequestState state)
    {
        if (http.Request.Path.Equals(EndpointPaths.Authorize))
            ReadStoredRequest(http.Request, state);
        else if (http.Request.Path.Equals(EndpointPaths.UserInfo) && !await ReadTokenAsync(http, state))
            return;
        await next(http);
    }

    private static void ReadStoredRequest(HttpRequest request, RequestState state)
    {
        var parameters = ParameterUrl.ParametersOf(request);
        state.Url = parameters;
        var uri = parameters.FirstOrDefault(static parameter => parameter.Key == RequestUri).Value.ToString();
        if (!PushedRequests.IsOurs(uri))
            return;
        state.StoredRequest = uri;
        if (uri.StartsWith(PushedAuthorizationRequestUri, StringComparison.Ordinal))
            return;
        // A begun request: Duende knows one prefix, and asks for what follows it.
        Dictionary<string, StringValues> renamed = parameters.ToDictionary(StringComparer.Ordinal);
        renamed[RequestUri] = PushedAuthorizationRequestUri + ":" + uri[(uri.LastIndexOf(':') + 1)..];
        if (HttpMethods.IsPost(request.Method))
            request.Form = new FormCollection(renamed);
        else
            request.Query = new QueryCollection(renamed);
    }

    // False if the request has been answered: a token comes once, in the header or a form, and never in a URL, where
    // logs and histories would keep it (RFC 6750 2, RFC 9700 4.3.2).
    private async Task<bool> ReadTokenAsync(HttpContext http, RequestState state)
    {
        var request = http.Request;
        var header = request.Headers.Authorization;
        var inForm = request.HasFormContentType && request.Form.ContainsKey("access_token");
        if (request.Query.ContainsKey("access_token") || header.Count > 1 || (header.Count == 1 && inForm))
        {
            await ResourceErrors.WriteAsync(
                http,
                new("invalid_request", "The access token must come once, in the header or in the form.")
            );
            return false;
        }
        var parts = header.ToString().Split(' ', 2, StringSplitOptions.TrimEntries);
        state.UnderDpop = parts[0].Equals(DpopRules.Scheme, StringComparison.OrdinalIgnoreCase);
        if (inForm)
            state.PresentedToken = request.Form["access_token"];
        else if (parts.Length == 2 && (state.UnderDpop || parts[0].Equals(Bearer, StringComparison.OrdinalIgnoreCase)))
            state.PresentedToken = parts[1];
        if (state.PresentedToken is not { Length: > 0 } presented)
            return true;
        var signed = await references.FindAsync(presented, http.RequestAborted) ?? presented;
        // The library of the engine throws on some malformed tokens; a text without a dot would be looked up in a store
        // that this host does not have.
        request.Headers.Authorization = $"{Bearer} {(ReadableJwt.Is(signed) ? signed : "malformed.token.x")}";
        return true;
    }
}
