using Identity.Server.Protocol.Engine;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Logout.SessionManagement;

internal static class SessionManagementHandlers
{
    /// <summary>Between the address of the answer (<c>AttachRedirectUri</c>) and the ways in which it
    /// travels.</summary>
    public static void Add(OpenIddictServerBuilder server)
    {
        server.AddEventHandler<ApplyAuthorizationResponseContext>(h =>
            h.UseSingletonHandler<AnswerWithSessionState>()
                .SetOrder(OpenIddictServerHandlers.Authentication.AttachRedirectUri.Descriptor.Order + 600)
        );
        server.AddEventHandler<ApplyConfigurationResponseContext>(h =>
            h.UseSingletonHandler<SessionManagementMetadata>().SetOrder(-1_700)
        );
    }
}

/// <summary>Session Management 1.0 section 3.3.</summary>
internal sealed class SessionManagementMetadata(Issuer issuer)
    : IOpenIddictServerHandler<ApplyConfigurationResponseContext>
{
    public ValueTask HandleAsync(ApplyConfigurationResponseContext context)
    {
        if (context.Response.Error is null)
            context.Response["check_session_iframe"] = issuer.UrlOf(EndpointPaths.CheckSession);
        return ValueTask.CompletedTask;
    }
}
