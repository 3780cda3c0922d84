namespace Identity.Server.Pages.Shared;

/// <summary>The target that a person can check: the host of the redirect URI, or an app's own scheme.</summary>
internal static class ClientHost
{
    public static string Of(string redirectUri) =>
        Uri.TryCreate(redirectUri, UriKind.Absolute, out var uri)
            ? uri.Scheme is "http" or "https"
                ? uri.Authority
                : uri.Scheme
            : "";
}
