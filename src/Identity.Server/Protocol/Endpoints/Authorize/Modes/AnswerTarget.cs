using Identity.Core.Clients;
using Identity.Server.Browser;

namespace Identity.Server.Protocol.Endpoints.Authorize.Modes;

/// <summary>Whether an error may be sent to the address of a client.</summary>
internal static class AnswerTarget
{
    /// <summary> Anybody can register an address. If a link redirected there without interaction, the provider would be
    /// an open redirector, so the person signs in first or sees an error page (RFC 9700 section 4.11.2). A silent
    /// request is answered, because the embedding page does not navigate. <c>prompt=none</c> beside another value is an
    /// error and not silent (OIDC Core section 3.1.2.1).
    /// </summary>
    public static async ValueTask<bool> MayLeaveAsync(HttpContext http, Client client, IEnumerable<string> prompts) =>
        !client.IsSelfRegistered || prompts.ToList() is ["none"] || await http.GetActiveSessionAsync() is not null;
}
