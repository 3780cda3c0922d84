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
    public async Task ClientCredentialsAsync()
    {
        using var answer = AnswerOf(
            await LoadLoop.PostAsync(
                server,
                "/connect/token",
                "grant_type=client_credentials&scope=api" + ClientParameters
            )
        );
        CheckAccessToken(answer.RootElement, BenchmarkClient.Id);
    }

    /// <summary>The metadata; where a contender has them.</summary>
    public Task DiscoveryAsync() => DocumentAsync("/.well-known/openid-configuration", "issuer");

    /// <summary>The key set.</summary>
    public virtual Task KeySetAsync() => DocumentAsync("/.well-known/jwks.json", "keys");

    /// <summary>A document that has this member.</summary>
    protected async Task DocumentAsync(string path, string member)
    {
        using var document = JsonDocument.Parse(await LoadLoop.GetAsync(server, path));
        if (!document.RootElement.TryGetProperty(member, out _))
            throw new InvalidOperationException($"{name}: {path} has no {member}.");
    }

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
    public async Task<string> ExchangeAsync(string code) => RefreshTokenOf(await RedeemAsync(code));

    /// <summary>Redeems a code; returns the access token.</summary>
    public async Task<string> AccessTokenAsync(string code)
    {
        using var answer = AnswerOf(await RedeemAsync(code));
        return answer.RootElement.GetProperty("access_token").GetString()!;
    }

    /// <summary>The claims of the person behind an access token.</summary>
    public async Task UserInfoAsync(string accessToken)
    {
        using var answer = JsonDocument.Parse(
            await LoadLoop.GetAsync(
                server,
                "/connect/userinfo",
                request => request.Headers.Authorization = $"Bearer {accessToken}"
            )
        );
        if (answer.RootElement.GetProperty("sub").GetString() != Subject)
            throw new InvalidOperationException($"{name}: userinfo is not about {Subject}.");
    }

    /// <summary>Whether an access token is live, asked by its client (RFC 7662).</summary>
    public async Task IntrospectAsync(string accessToken)
    {
        using var answer = JsonDocument.Parse(
            await LoadLoop.PostAsync(server, "/connect/introspect", $"token={accessToken}" + ClientParameters)
        );
        if (
            !answer.RootElement.GetProperty("active").GetBoolean()
            || answer.RootElement.GetProperty("sub").GetString() != Subject
        )
            throw new InvalidOperationException($"{name}: the token of {Subject} is not active.");
    }

    private Task<string> RedeemAsync(string code) =>
        LoadLoop.PostAsync(
            server,
            "/connect/token",
            $"grant_type=authorization_code&code={Uri.EscapeDataString(code)}"
                + $"&redirect_uri={Uri.EscapeDataString(BenchmarkClient.RedirectUri)}&code_verifier={Verifier}"
                + ClientParameters
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

    /// <summary>The person that its tokens are for.</summary>
    protected abstract string Subject { get; }

    private static JsonDocument AnswerOf(string json)
    {
        var document = JsonDocument.Parse(json);
        return document.RootElement.GetProperty("token_type").GetString() == "Bearer"
            ? document
            : throw new InvalidOperationException("The token is no bearer token.");
    }

    private string RefreshTokenOf(string json)
    {
        using var document = AnswerOf(json);
        CheckAccessToken(document.RootElement, Subject);
        return document.RootElement.GetProperty("refresh_token").GetString()!;
    }

    // A fast wrong answer is not a fast answer: for whom, not over, and signed by something.
    private void CheckAccessToken(JsonElement answer, string subject)
    {
        var parts = answer.GetProperty("access_token").GetString()!.Split('.');
        using var claims = JsonDocument.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(parts[1]));
        if (
            parts is not [_, _, { Length: > 80 }]
            || claims.RootElement.GetProperty("sub").GetString() != subject
            || claims.RootElement.GetProperty("exp").GetInt64() <= TimeProvider.System.GetUtcNow().ToUnixTimeSeconds()
        )
            throw new InvalidOperationException($"{name}: the access token is not that of {subject}.");
    }
}

/// <summary>Stock OpenIddict.</summary>
internal sealed class StockContender(TestServer server) : Contender("stock OpenIddict, EF Core stores", server)
{
    protected override string Subject => BenchmarkClient.Subject;

    public override Task KeySetAsync() => DocumentAsync("/.well-known/jwks", "keys");
}
