using Identity.Core.Clients;
using Identity.Core.Sessions;
using Identity.Server.Protocol.Requests.Authorization;

namespace Identity.Server.Protocol.Extensions.ClaimsParameter;

/// <summary>The authentication contexts of a request: <c>claims</c> takes precedence over <c>acr_values</c>, because it
/// can make them essential; the default is what the client registered.</summary>
internal static class WantedContexts
{
    public static IReadOnlyList<string> Of(AuthorizationParameters request, ClaimsRequest claims, Client client) =>
        claims.AcrValues.Count > 0 ? claims.AcrValues
        : request.AcrValues.Count > 0 ? request.AcrValues
        : client.DefaultAcrValues;

    /// <summary>What must happen before a session that reached <paramref name="reached"/> is sufficient (MF-8; OIDC
    /// Core 5.5.1.1).</summary>
    public static ContextDemand Judge(
        AuthorizationParameters request,
        ClaimsRequest claims,
        Client client,
        string? reached
    ) => AuthenticationContext.Judge(Of(request, claims, client), reached, claims.AcrEssential);
}
