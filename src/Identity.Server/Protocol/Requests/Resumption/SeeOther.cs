namespace Identity.Server.Protocol.Requests.Resumption;

/// <summary>303 (RFC 9110 section 15.4.4): the browser follows with a GET, so that a posted request is not posted again
/// (RFC 9700 section 4.12). Never stored, because the address may carry a code.</summary>
internal static class SeeOther
{
    public static void To(HttpContext http, string location)
    {
        http.Response.StatusCode = StatusCodes.Status303SeeOther;
        http.Response.Headers.Location = location;
        http.Response.Headers.CacheControl = "no-store";
    }
}
