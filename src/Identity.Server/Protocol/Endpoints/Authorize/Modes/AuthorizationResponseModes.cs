using System.Net.Mime;
using System.Text;
using System.Text.Encodings.Web;
using Identity.Server.Browser;
using Identity.Server.Protocol.Requests.Resumption;
using Microsoft.AspNetCore.WebUtilities;

namespace Identity.Server.Protocol.Endpoints.Authorize.Modes;

// Modes owns how an authorization response reaches a client (OAuth 2.0 Multiple Response Types 2.1, Form Post Response
// Mode), whichever engine made it. It does not know what the response says.

/// <summary>Writes an authorization response in its response mode.</summary>
internal static class AuthorizationResponseModes
{
    /// <summary>A redirect with the answer in its query. 303, so that a posted request is not posted again (RFC 9700
    /// 4.12).</summary>
    public static void ByQuery(
        HttpContext http,
        string redirectUri,
        IEnumerable<KeyValuePair<string, string?>> answer
    ) => SeeOther.To(http, QueryHelpers.AddQueryString(redirectUri, answer));

    /// <summary>A redirect with the answer in the fragment, for clients that registered and requested it.</summary>
    // A registered redirect URI has no fragment of its own; the encoding is that of a query.
    public static void ByFragment(
        HttpContext http,
        string redirectUri,
        IEnumerable<KeyValuePair<string, string?>> answer
    ) => SeeOther.To(http, redirectUri + "#" + QueryHelpers.AddQueryString(string.Empty, answer).TrimStart('?'));

    /// <summary> A page that posts the answer to the client automatically, with a button for browsers without scripts.
    /// It extends the content security policy by the nonce of its script and by the client's origin for form-action.
    /// </summary>
    public static async Task ByFormPostAsync(
        HttpContext http,
        string redirectUri,
        IEnumerable<KeyValuePair<string, string?>> answer
    )
    {
        http.AllowFormAction(redirectUri);
        var page = Encoding.UTF8.GetBytes(Page(redirectUri, answer, http.GetCspNonce()));
        http.Response.StatusCode = StatusCodes.Status200OK;
        http.Response.Headers.CacheControl = "no-store";
        http.Response.ContentType = MediaTypeNames.Text.Html + "; charset=utf-8";
        http.Response.ContentLength = page.Length;
        await http.Response.Body.WriteAsync(page, http.RequestAborted);
    }

    private static string Page(string redirectUri, IEnumerable<KeyValuePair<string, string?>> answer, string nonce)
    {
        var html = HtmlEncoder.Default;
        StringBuilder page = new();
        page.Append(
                "<!doctype html><html lang=\"en\"><head><meta "
                    + "charset=\"utf-8\"><title>Continue</title></head><body><form method=\"post\" action=\""
            )
            .Append(html.Encode(redirectUri))
            .Append("\">");
        foreach (var (name, value) in answer)
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
