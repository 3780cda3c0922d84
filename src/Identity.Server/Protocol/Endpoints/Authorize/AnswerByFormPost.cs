using System.Net.Mime;
using System.Text;
using System.Text.Encodings.Web;
using Identity.Server.Browser;
using Identity.Server.Protocol.Requests.Parsing;
using Microsoft.AspNetCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Endpoints.Authorize;

/// <summary> response_mode=form_post (OAuth 2.0 Form Post Response Mode): a page that posts the answer to the client
/// automatically, with a button for browsers without scripts. It extends the content security policy by the nonce of
/// its script and by the client's origin for form-action.
/// </summary>
internal sealed class AnswerByFormPost : IOpenIddictServerHandler<ApplyAuthorizationResponseContext>
{
    public async ValueTask HandleAsync(ApplyAuthorizationResponseContext context)
    {
        if (
            context.RedirectUri is not { } redirectUri
            || context.ResponseMode != OpenIddictConstants.ResponseModes.FormPost
        )
            return;
        var http = context.Transaction.GetHttpRequest()!.HttpContext;
        http.AllowFormAction(redirectUri);
        var page = Encoding.UTF8.GetBytes(Page(redirectUri, context.Response, http.GetCspNonce()));
        http.Response.StatusCode = StatusCodes.Status200OK;
        http.Response.ContentType = MediaTypeNames.Text.Html + "; charset=utf-8";
        http.Response.ContentLength = page.Length;
        await http.Response.Body.WriteAsync(page, http.RequestAborted);
        context.HandleRequest();
    }

    private static string Page(string redirectUri, OpenIddictResponse answer, string nonce)
    {
        var html = HtmlEncoder.Default;
        StringBuilder page = new();
        page.Append(
                "<!doctype html><html lang=\"en\"><head><meta "
                    + "charset=\"utf-8\"><title>Continue</title></head><body><form method=\"post\" action=\""
            )
            .Append(html.Encode(redirectUri))
            .Append("\">");
        foreach (var (name, value) in ResponseParameters.Of(answer))
            page.Append("<input type=\"hidden\" name=\"")
                .Append(html.Encode(name))
                .Append("\" value=\"")
                .Append(html.Encode(value!))
                .Append("\">");
        return page.Append("<noscript><button type=\"submit\">Continue</button></noscript></form><script nonce=\"")
            .Append(html.Encode(nonce))
            .Append("\">document.forms[0].submit()</script></body></html>")
            .ToString();
    }
}
