using Duende.IdentityServer.Endpoints.Results;
using Duende.IdentityServer.Hosting;

namespace Identity.DuendeHost.Requests;

/// <summary>Duende answers some refusals with a status alone, such as introspection without authentication; a refusal
/// of this provider has a body.</summary>
internal sealed class StatusAnswers(Refusals refusals, RequestState state) : IHttpResponseWriter<StatusCodeResult>
{
    public Task WriteHttpResponse(StatusCodeResult result, HttpContext context)
    {
        context.Response.StatusCode = result.StatusCode;
        if (state.Denial is null)
            return Task.CompletedTask;
        return refusals.WriteAsync(context, refusals.Note(context, null, null, state.Client?.Id), result.StatusCode);
    }
}
