using Identity.Core.Clients;
using Identity.Server.Protocol.Engine;
using Microsoft.AspNetCore.Cors.Infrastructure;

namespace Identity.Server.Protocol.Requests.Cors;

/// <summary> Which scripts may call (WB-7): metadata and keys from any origin, because they are public; pushed
/// requests, token, userinfo and revocation only from an origin of a client. Never with cookies, because the session is
/// not for scripts.
/// </summary>
internal static class ProtocolCors
{
    private const string PublicPolicy = "protocol-public";
    private const string ClientPolicy = "protocol-clients";

    public static void AddProtocolCors(this IServiceCollection services)
    {
        services.AddCors();
        services
            .AddOptions<CorsOptions>()
            .Configure<ClientRegistry>(
                (options, registry) =>
                {
                    options.AddPolicy(PublicPolicy, policy => policy.AllowAnyOrigin().WithMethods("GET"));
                    options.AddPolicy(
                        ClientPolicy,
                        policy =>
                            policy
                                .SetIsOriginAllowed(origin => registry.Catalog.CorsOrigins.Contains(origin))
                                .WithMethods("GET", "POST")
                                .WithHeaders("Authorization", "Content-Type", "DPoP")
                                .WithExposedHeaders("WWW-Authenticate", "DPoP-Nonce")
                                .SetPreflightMaxAge(TimeSpan.FromHours(1))
                    );
                }
            );
    }

    public static void UseProtocolCors(this WebApplication app)
    {
        app.UseWhen(
            static http => IsOfScript(http.Request) && IsPublic(http.Request.Path),
            branch => branch.UseCors(PublicPolicy)
        );
        app.UseWhen(
            static http => IsOfScript(http.Request) && IsForClients(http.Request.Path),
            branch => branch.UseCors(ClientPolicy)
        );
    }

    // Browsers send Origin with every such request (Fetch section 3.2); without it there is nothing to decide.
    private static bool IsOfScript(HttpRequest request) => request.Headers.Origin.Count > 0;

    private static bool IsPublic(PathString path) =>
        path.Equals(EndpointPaths.Configuration)
        || path.Equals(EndpointPaths.AuthorizationServer)
        || path.Equals(EndpointPaths.JsonWebKeySet);

    private static bool IsForClients(PathString path) =>
        path.Equals(EndpointPaths.Token)
        || path.Equals(EndpointPaths.PushedAuthorization)
        || path.Equals(EndpointPaths.UserInfo)
        || path.Equals(EndpointPaths.Revocation);
}
