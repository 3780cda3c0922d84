using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Logout.Channels;

internal static class LogoutHandlers
{
    public static void Add(OpenIddictServerBuilder server) =>
        server.AddEventHandler<ApplyConfigurationResponseContext>(h =>
            h.UseSingletonHandler<LogoutMetadata>().SetOrder(-1_800)
        );
}

/// <summary>Front-Channel Logout 1.0 section 3, Back-Channel Logout 1.0 section 2.1.</summary>
internal sealed class LogoutMetadata : IOpenIddictServerHandler<ApplyConfigurationResponseContext>
{
    private static readonly string[] Members =
    [
        "frontchannel_logout_supported",
        "frontchannel_logout_session_supported",
        "backchannel_logout_supported",
        "backchannel_logout_session_supported",
    ];

    public ValueTask HandleAsync(ApplyConfigurationResponseContext context)
    {
        if (context.Response.Error is null)
        {
            foreach (var member in Members)
                context.Response[member] = true;
        }
        return ValueTask.CompletedTask;
    }
}
