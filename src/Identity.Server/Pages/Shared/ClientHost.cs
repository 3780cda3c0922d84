namespace Identity.Server.Pages.Shared;

/// <summary>Where the person goes on to, as they can check it: the host of the redirect URI, or the name of an app's
/// own scheme.</summary>
internal static class ClientHost
{
    public static string Of(string redirectUri) =>
        Uri.TryCreate(redirectUri, UriKind.Absolute, out var uri)
            ? uri.Scheme is "http" or "https"
                ? uri.Authority
                : uri.Scheme
            : "";
}
