namespace Identity.Server.Pages.External.Providers;

/// <summary>Where a provider without discovery answers.</summary>
/// <param name="Api">The base of its API, with a final slash.</param>
internal sealed record OAuthEndpoints(string Authorization, string Token, string Api)
{
    private const string FacebookVersion = "v23.0";
    private const string GitHubHosted = ".ghe.com";

    public static OAuthEndpoints Of(ExternalProviderOptions provider) =>
        provider.Type switch
        {
            ExternalProviderType.Discord => new(
                "https://discord.com/oauth2/authorize",
                "https://discord.com/api/oauth2/token",
                "https://discord.com/api/v10/"
            ),
            ExternalProviderType.Facebook => new(
                $"https://www.facebook.com/{FacebookVersion}/dialog/oauth",
                $"https://graph.facebook.com/{FacebookVersion}/oauth/access_token",
                $"https://graph.facebook.com/{FacebookVersion}/"
            ),
            ExternalProviderType.GitHub => OfGitHub(new Uri(provider.Issuer)),
            _ => throw new ArgumentOutOfRangeException(nameof(provider), provider.Type, "It has discovery."),
        };

    // GitHub.com and GHE.com have a host for the API; GitHub Enterprise Server has a path.
    private static OAuthEndpoints OfGitHub(Uri server)
    {
        var site = server.GetLeftPart(UriPartial.Authority);
        var hasApiHost = server.Host == "github.com" || server.Host.EndsWith(GitHubHosted, StringComparison.Ordinal);
        return new(
            site + "/login/oauth/authorize",
            site + "/login/oauth/access_token",
            hasApiHost ? $"{server.Scheme}://api.{server.Authority}/" : site + "/api/v3/"
        );
    }
}
