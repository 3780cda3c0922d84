using Duende.IdentityServer.Endpoints.Results;
using Duende.IdentityServer.Hosting;
using Identity.Server.Protocol.Extensions.Dpop;

namespace Identity.DuendeHost.Requests;

/// <summary>Answers a refused userinfo request: the challenge of RFC 6750 section 3 and RFC 9449 section 7.1, and the
/// same as JSON. A request without a token gets the challenge alone.</summary>
internal sealed class ResourceErrors(RequestState state, Refusals refusals)
    : IHttpResponseWriter<ProtectedResourceErrorResult>
{
    private const string Realm = "Bearer realm=\"identity\"";

    public Task WriteHttpResponse(ProtectedResourceErrorResult result, HttpContext context)
    {
        if (state.PresentedToken is null)
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            context.Response.Headers.WWWAuthenticate = new([Realm, Offer]);
            return context.Response.WriteAsJsonAsync(new Dictionary<string, string?>(), context.RequestAborted);
        }
        var error = result.Error == "expired_token" ? "invalid_token" : result.Error;
        var refusal = refusals.Note(context, error, "The access token is not acceptable.", state.Client?.Id);
        return WriteAsync(context, refusal, state.UnderDpop || state.NeedsProof || IsAboutProof(refusal.Error));
    }

    /// <summary>Writes the challenge with the error.</summary>
    public static Task WriteAsync(HttpContext http, Refusal refusal, bool dpop = false)
    {
        http.Response.StatusCode = refusal.Error switch
        {
            "invalid_request" => StatusCodes.Status400BadRequest,
            "insufficient_scope" => StatusCodes.Status403Forbidden,
            _ => StatusCodes.Status401Unauthorized,
        };
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers.WWWAuthenticate =
            $"{(dpop ? Offer : Realm)}, error=\"{refusal.Error}\", error_description=\"{refusal.Description}\"";
        return http.Response.WriteAsJsonAsync(
            new Dictionary<string, string?> { ["error"] = refusal.Error, ["error_description"] = refusal.Description },
            http.RequestAborted
        );
    }

    private static bool IsAboutProof(string error) => error is DpopRules.InvalidProof or DpopRules.UseNonce;

    private static string Offer => $"{DpopRules.Scheme} algs=\"{string.Join(' ', DpopRules.Algorithms)}\"";
}
