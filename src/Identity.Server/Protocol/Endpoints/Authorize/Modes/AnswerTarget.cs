using Identity.Core.Clients;
using Identity.Server.Browser;

namespace Identity.Server.Protocol.Endpoints.Authorize.Modes;

/// <summary>Whether an error may be sent to the address of a client.</summary>
internal static class AnswerTarget
{
    /// <summary> Anybody can register an address. If a link redirected there without interaction, the provider would be
    /// an open redirector, so the person signs in first or sees an error page (RFC 9700 section 4.11.2). A silent
    /// request is answered, because the embedding page does not navigate.
    /// </summary>
    /// <param name="isSilent">Whether the request has <c>prompt=none</c>.</param>
    public static async ValueTask<bool> MayLeaveAsync(HttpContext http, Client client, bool isSilent) =>
        !client.IsSelfRegistered || isSilent || await http.GetActiveSessionAsync() is not null;
}
