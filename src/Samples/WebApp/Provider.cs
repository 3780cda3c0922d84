using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace Samples.WebApp;

/// <summary>Direct calls of this application to the provider, without the browser: userinfo and refresh.</summary>
public sealed class Provider(
    HttpClient http,
    IOptionsMonitor<OpenIdConnectOptions> options,
    IHttpContextAccessor accessor,
    TimeProvider time
)
{
    private OpenIdConnectOptions Options => options.Get(OpenIdConnectDefaults.AuthenticationScheme);

    private HttpContext Context =>
        accessor.HttpContext ?? throw new InvalidOperationException("Asked outside a request.");

    /// <summary>The issuer as configured, for people to read.</summary>
    public string Authority => Options.Authority!;

    /// <summary>One of the tokens that the sign-in left in this application's cookie.</summary>
    public Task<string?> GetTokenAsync(string name) => Context.GetTokenAsync(name);

    /// <summary>The answer of the userinfo endpoint (OpenID Connect Core 5.3).</summary>
    public async Task<HttpAnswer> GetUserInfoAsync(CancellationToken cancellationToken)
    {
        var endpoint = (await DiscoverAsync(cancellationToken)).UserInfoEndpoint;
        using var request = new HttpRequestMessage(HttpMethod.Get, endpoint);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await GetTokenAsync("access_token"));
        using var response = await http.SendAsync(request, cancellationToken);
        return await HttpAnswer.ReadAsync(response, cancellationToken);
    }

    /// <summary> Exchanges the refresh token for new tokens (RFC 6749 section 6) and stores them in the cookie. The
    /// provider issues a new refresh token each time and the old one stops working, so the new one must be stored.
    /// </summary>
    public async Task<Refresh> RefreshAsync(CancellationToken cancellationToken)
    {
        var before = await GetExpiryAsync();
        var endpoint = (await DiscoverAsync(cancellationToken)).TokenEndpoint;
        using var form = new FormUrlEncodedContent(
            new Dictionary<string, string?>
            {
                ["grant_type"] = "refresh_token",
                ["refresh_token"] = await GetTokenAsync("refresh_token"),
                ["client_id"] = Options.ClientId,
                ["client_secret"] = Options.ClientSecret,
            }
        );
        using var response = await http.PostAsync(new Uri(endpoint), form, cancellationToken);
        var answer = await HttpAnswer.ReadAsync(response, cancellationToken);
        if (!response.IsSuccessStatusCode)
            return new Refresh(before, null, answer);

        using var json = JsonDocument.Parse(answer.Body);
        var after = time.GetUtcNow().AddSeconds(json.RootElement.GetProperty("expires_in").GetInt32());
        var ticket = await Context.AuthenticateAsync();
        foreach (var name in new[] { "access_token", "refresh_token", "id_token" })
        {
            if (json.RootElement.TryGetProperty(name, out var token))
                ticket.Properties!.UpdateTokenValue(name, token.GetString()!);
        }

        ticket.Properties!.UpdateTokenValue("expires_at", after.ToString("o", CultureInfo.InvariantCulture));
        await Context.SignInAsync(ticket.Principal!, ticket.Properties);
        return new Refresh(before, after, answer);
    }

    /// <summary>When the current access token expires.</summary>
    public async Task<DateTimeOffset?> GetExpiryAsync() =>
        DateTimeOffset.TryParse(await GetTokenAsync("expires_at"), CultureInfo.InvariantCulture, out var expiry)
            ? expiry
            : null;

    private Task<OpenIdConnectConfiguration> DiscoverAsync(CancellationToken cancellationToken) =>
        Options.ConfigurationManager!.GetConfigurationAsync(cancellationToken);
}

/// <summary>The result of a refresh. <paramref name="After"/> is null if the provider refused.</summary>
public sealed record Refresh(DateTimeOffset? Before, DateTimeOffset? After, HttpAnswer Answer);
