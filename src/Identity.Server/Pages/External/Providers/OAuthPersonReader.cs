using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Identity.Server.Pages.External.Providers;

/// <summary>Asks the API of a provider without ID tokens who an access token stands for. Anything but the documented
/// answer throws <see cref="HttpRequestException"/> or <see cref="JsonException"/>.</summary>
internal sealed class OAuthPersonReader(ExternalProviderOptions provider, HttpClient http)
{
    private readonly OAuthEndpoints _endpoints = OAuthEndpoints.Of(provider);

    public Task<ExternalPerson> ReadAsync(string accessToken, CancellationToken cancellationToken) =>
        provider.Type switch
        {
            ExternalProviderType.GitHub => GitHubAsync(accessToken, cancellationToken),
            ExternalProviderType.Facebook => FacebookAsync(accessToken, cancellationToken),
            _ => DiscordAsync(accessToken, cancellationToken),
        };

    // The numeric id: a login can be given up and taken by somebody else.
    private async Task<ExternalPerson> GitHubAsync(string accessToken, CancellationToken cancellationToken)
    {
        using var user = await GetAsync("user", accessToken, cancellationToken);
        var email = await PrimaryEmailAsync(accessToken, cancellationToken);
        var root = user.RootElement;
        return new(
            provider.Issuer,
            root.TextOf("id"),
            root.TextOf("name") ?? root.TextOf("login"),
            email?.Email,
            email?.IsVerified == true
        );
    }

    // The address of the profile is one that the person shows and carries no flag, so the list decides. A person may
    // withhold the scope: then there is no address.
    private async Task<(string? Email, bool IsVerified)?> PrimaryEmailAsync(
        string accessToken,
        CancellationToken cancellationToken
    )
    {
        try
        {
            using var emails = await GetAsync("user/emails", accessToken, cancellationToken);
            if (emails.RootElement.ValueKind != JsonValueKind.Array)
                return null;
            foreach (var email in emails.RootElement.EnumerateArray())
            {
                if (email.IsTrue("primary"))
                    return (email.TextOf("email"), email.IsTrue("verified"));
            }
            return null;
        }
        catch (HttpRequestException withheld)
            when (withheld.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    // Facebook has no flag for an address, so none counts as verified.
    private async Task<ExternalPerson> FacebookAsync(string accessToken, CancellationToken cancellationToken)
    {
        // Proves that the call comes from the server that holds the secret; apps can require it.
        var proof = Convert.ToHexStringLower(
            HMACSHA256.HashData(Encoding.UTF8.GetBytes(provider.ClientSecret!), Encoding.UTF8.GetBytes(accessToken))
        );
        using var user = await GetAsync(
            $"me?fields=id,name,email&appsecret_proof={proof}",
            accessToken,
            cancellationToken
        );
        var root = user.RootElement;
        return new(provider.Issuer, root.TextOf("id"), root.TextOf("name"), root.TextOf("email"), false);
    }

    private async Task<ExternalPerson> DiscordAsync(string accessToken, CancellationToken cancellationToken)
    {
        using var user = await GetAsync("users/@me", accessToken, cancellationToken);
        var root = user.RootElement;
        return new(
            provider.Issuer,
            root.TextOf("id"),
            root.TextOf("global_name") ?? root.TextOf("username"),
            root.TextOf("email"),
            root.IsTrue("verified")
        );
    }

    private async Task<JsonDocument> GetAsync(string path, string accessToken, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, _endpoints.Api + path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", accessToken);
        request.Headers.Accept.ParseAdd("application/json");
        using var response = await http.SendAsync(request, cancellationToken);
        response.EnsureSuccessStatusCode();
        return JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(cancellationToken));
    }
}
