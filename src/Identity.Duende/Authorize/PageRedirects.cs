using Duende.IdentityServer.Endpoints.Results;
using Duende.IdentityServer.Hosting;
using Identity.Server.Protocol.Requests.Resumption;

namespace Identity.DuendeHost.Authorize;

/// <summary>Sends the person to the page of the decision, whose return URL is that of the request itself and never
/// Duende's callback.</summary>
internal sealed class PageRedirects : IHttpResponseWriter<AuthorizeInteractionPageResult>
{
    public Task WriteHttpResponse(AuthorizeInteractionPageResult result, HttpContext context)
    {
        SeeOther.To(context, result.RedirectUrl);
        return Task.CompletedTask;
    }
}
