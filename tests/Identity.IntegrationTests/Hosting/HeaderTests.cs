using System.Net;
using System.Text.RegularExpressions;
using Identity.Testing;

namespace Identity.IntegrationTests.Hosting;

/// <summary>What every answer carries, held as a golden text a kind of answer.</summary>
public sealed partial class HeaderTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    private const string Permissions =
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), microphone=(), midi=(), "
        + "payment=(), usb=()";

    private const string Always = $"""
        Cross-Origin-Opener-Policy: same-origin
        Permissions-Policy: {Permissions}
        Referrer-Policy: same-origin
        X-Content-Type-Options: nosniff
        X-Correlation-Id: (id)
        X-Frame-Options: DENY
        """;

    private const string NoPage =
        "Content-Security-Policy: default-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

    [Theory]
    [InlineData("/health/ready", "*/*", 200)]
    [InlineData("/there-is-no-such-page", "*/*", 404)]
    [InlineData("/connect/there-is-no-such-endpoint", "text/html", 404)]
    public async Task What_is_no_page_is_neither_kept_nor_run(string path, string accept, int status)
    {
        await using var host = await IdentityHost.StartAsync(fixture.Database);
        using var client = host.CreateClient();

        using var answer = await GetAsync(client, path, accept);

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal($"Cache-Control: no-store\n{NoPage}\n{Always.ReplaceLineEndings("\n")}", Headers(answer));
    }

    [Fact]
    public async Task A_page_runs_our_scripts_only_and_stands_in_no_frame()
    {
        await using var host = await IdentityHost.StartAsync(fixture.Database);
        using var client = host.CreateClient();

        using var answer = await GetAsync(client, "/there-is-no-such-page", "text/html");

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal(
            "Cache-Control: no-store\nContent-Security-Policy: default-src 'none'; script-src 'self'(nonce); "
                + "style-src 'self'(nonce); img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src "
                + "'self'; "
                + $"form-action 'self'; base-uri 'none'; frame-ancestors 'none'\n{Always.ReplaceLineEndings("\n")}",
            Headers(answer)
        );
        Assert.Contains(
            answer.Headers.GetValues("X-Correlation-Id").Single(),
            await answer.Content.ReadAsStringAsync(),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("/.well-known/openid-configuration")]
    [InlineData("/.well-known/jwks.json")]
    public async Task What_is_the_same_for_everybody_may_be_kept(string path)
    {
        await using var host = await IdentityHost.StartAsync(fixture.Database);
        using var client = host.CreateClient();

        using var answer = await GetAsync(client, path, "*/*");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("max-age=", answer.Headers.CacheControl?.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Https_through_a_listed_proxy_is_remembered_by_browsers_and_an_unlisted_one_is_not_believed()
    {
        await using var listed = await IdentityHost.StartAsync(
            fixture.Database,
            new Dictionary<string, string?>
            {
                ["Identity:Proxies:Addresses:0"] = "127.0.0.1",
                ["Identity:Hosts:0"] = "id.example.com",
            }
        );
        await using var unlisted = await IdentityHost.StartAsync(
            fixture.Database,
            new Dictionary<string, string?> { ["Identity:Hosts:0"] = "id.example.com" }
        );
        using var toListed = listed.CreateClient();
        using var toUnlisted = unlisted.CreateClient();

        using var believed = await toListed.SendAsync(Forwarded());
        using var ignored = await toUnlisted.SendAsync(Forwarded());

        Assert.Equal(
            "max-age=31536000; includeSubDomains",
            believed.Headers.GetValues("Strict-Transport-Security").Single()
        );
        Assert.False(ignored.Headers.Contains("Strict-Transport-Security"));

        static HttpRequestMessage Forwarded() =>
            new HttpRequestMessage(HttpMethod.Get, "/health/live") { Headers = { Host = "id.example.com" } }.With(
                "X-Forwarded-Proto",
                "https"
            );
    }

    [Fact]
    public async Task A_browser_at_another_host_is_shown_both_names_and_the_setting_and_nothing_of_the_request_else()
    {
        await using var host = await IdentityHost.StartAsync(fixture.Database);
        using var client = host.CreateClient();
        using HttpRequestMessage request = new(HttpMethod.Get, "/sign-in?returnUrl=%2Fsecret-path")
        {
            Headers = { Host = "id.internal.example" },
        };
        request.Headers.Accept.ParseAdd("text/html");

        using var page = await client.SendAsync(request);
        var html = await page.Content.ReadAsStringAsync();

        Assert.Equal(HttpStatusCode.BadRequest, page.StatusCode);
        Assert.Contains("id.internal.example", html, StringComparison.Ordinal);
        Assert.Contains($"href=\"{new Uri(host.Issuer).AbsoluteUri}\"", html, StringComparison.Ordinal);
        Assert.Contains("Identity:Hosts", html, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-path", html, StringComparison.Ordinal);
        var style = StyleSheet().Match(html).Groups[1].Value;
        using HttpRequestMessage asset = new(HttpMethod.Get, style) { Headers = { Host = "id.internal.example" } };
        Assert.Equal(HttpStatusCode.OK, (await client.SendAsync(asset)).StatusCode);
        Assert.Null(page.Headers.Location);
        Assert.False(page.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task A_forged_host_gets_nothing_and_probes_by_address_are_answered()
    {
        await using var host = await IdentityHost.StartAsync(fixture.Database);
        using var client = host.CreateClient();

        using var forged = await client.SendAsync(
            new(HttpMethod.Get, "/.well-known/openid-configuration") { Headers = { Host = "evil.example" } }
        );
        using var probe = await client.SendAsync(
            new(HttpMethod.Get, "/health/ready") { Headers = { Host = "10.1.2.3:8080" } }
        );

        Assert.Equal(HttpStatusCode.BadRequest, forged.StatusCode);
        Assert.DoesNotContain("evil", await forged.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, probe.StatusCode);
    }

    [GeneratedRegex("rel=\"stylesheet\" href=\"([^\"]*)\"")]
    private static partial Regex StyleSheet();

    private static Task<HttpResponseMessage> GetAsync(HttpClient client, string path, string accept) =>
        client.SendAsync(new HttpRequestMessage(HttpMethod.Get, path).With("Accept", accept));

    // Without what differs from one answer to the next.
    private static string Headers(HttpResponseMessage answer) =>
        string.Join(
            '\n',
            answer
                .Headers.Where(static header =>
                    header.Key is not ("Date" or "Transfer-Encoding" or "Set-Cookie" or "Vary")
                )
                .OrderBy(static header => header.Key, StringComparer.Ordinal)
                .Select(static header =>
                    header.Key switch
                    {
                        "X-Correlation-Id" => $"{header.Key}: (id)",
                        "Content-Security-Policy" => $"{header.Key}: {Nonce(header.Value.Single())}",
                        _ => $"{header.Key}: {string.Join(", ", header.Value)}",
                    }
                )
        );

    private static string Nonce(string policy)
    {
        policy = System.Text.RegularExpressions.Regex.Replace(policy, " 'nonce-[A-Za-z0-9+/=]{24}'", "(nonce)");
        return policy
            .Replace("script-src 'self';", "script-src 'self'(nonce);", StringComparison.Ordinal)
            .Replace("style-src 'self';", "style-src 'self'(nonce);", StringComparison.Ordinal);
    }
}

internal static class RequestHeaders
{
    /// <summary>The request with one more header, whatever its form.</summary>
    public static HttpRequestMessage With(this HttpRequestMessage request, string name, string value)
    {
        request.Headers.TryAddWithoutValidation(name, value);
        return request;
    }
}
