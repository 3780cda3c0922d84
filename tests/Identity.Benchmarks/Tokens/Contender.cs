using System.Text.Json;
using Microsoft.AspNetCore.TestHost;

namespace Identity.Benchmarks.Tokens;

/// <summary>One provider under load, seen only through its HTTP endpoints.</summary>
internal abstract class Contender(string name, TestServer server) : IAsyncDisposable
{
    /// <summary>What scope every contender grants: an ID token, a refresh token and an access token with one
    /// audience.</summary>
    public const string Scope = "openid offline_access api";

    /// <summary>PKCE of every code (RFC 7636 appendix B).</summary>
    public const string Verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

    /// <summary>The challenge of <see cref="Verifier"/>.</summary>
    public const string Challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    /// <summary>The name in the table.</summary>
    public string Name => name;

    protected TestServer Server => server;

    private static string ClientParameters => $"&client_id={BenchmarkClient.Id}&client_secret={BenchmarkClient.Secret}";

    /// <summary>A token for a machine.</summary>
    public Task ClientCredentialsAsync() =>
        LoadLoop.PostAsync(server, "/connect/token", "grant_type=client_credentials&scope=api" + ClientParameters);

    /// <summary>One rotation; returns the successor.</summary>
    public async Task<string> RefreshAsync(string refreshToken) =>
        RefreshTokenOf(
            await LoadLoop.PostAsync(
                server,
                "/connect/token",
                $"grant_type=refresh_token&refresh_token={Uri.EscapeDataString(refreshToken)}" + ClientParameters
            )
        );

    /// <summary>Redeems a code; returns the refresh token.</summary>
    public async Task<string> ExchangeAsync(string code) =>
        RefreshTokenOf(
            await LoadLoop.PostAsync(
                server,
                "/connect/token",
                $"grant_type=authorization_code&code={Uri.EscapeDataString(code)}"
                    + $"&redirect_uri={Uri.EscapeDataString(BenchmarkClient.RedirectUri)}&code_verifier={Verifier}"
                    + ClientParameters
            )
        );

    /// <summary>A fresh code, by the authorize endpoint where the contender has one.</summary>
    public virtual async Task<string> CodeAsync()
    {
        var context = await server.SendAsync(http =>
        {
            http.Request.Method = "GET";
            http.Request.Scheme = "http";
            http.Request.Host = new("localhost");
            http.Request.Path = "/connect/authorize";
            http.Request.QueryString = new(AuthorizeQuery);
            Prepare(http.Request);
        });
        var location = context.Response.Headers.Location.ToString();
        var query = Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(
            new Uri(location, UriKind.RelativeOrAbsolute) is { IsAbsoluteUri: true } uri ? uri.Query : ""
        );
        return query.TryGetValue("code", out var code)
            ? code.ToString()
            : throw new InvalidOperationException(
                $"{name}: /connect/authorize answered {context.Response.StatusCode} {location}"
            );
    }

    public virtual ValueTask DisposeAsync()
    {
        server.Dispose();
        return ValueTask.CompletedTask;
    }

    protected static string AuthorizeQuery =>
        $"?client_id={BenchmarkClient.Id}&response_type=code"
        + $"&redirect_uri={Uri.EscapeDataString(BenchmarkClient.RedirectUri)}&scope={Uri.EscapeDataString(Scope)}"
        + $"&state=s&nonce=n&code_challenge={Challenge}&code_challenge_method=S256";

    /// <summary>Adds what a signed-in browser sends.</summary>
    protected virtual void Prepare(Microsoft.AspNetCore.Http.HttpRequest request) { }

    private static string RefreshTokenOf(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.GetProperty("refresh_token").GetString()!;
    }
}

/// <summary>Stock OpenIddict.</summary>
internal sealed class StockContender(TestServer server) : Contender("stock OpenIddict, EF Core stores", server);
