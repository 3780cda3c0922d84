using System.Net;
using Identity.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Identity.IntegrationTests.Hosting;

/// <summary>A plain-http listener beside an https issuer (RFC 9700 section 2.6): nothing that matters goes over
/// it.</summary>
public sealed class IssuerSchemeTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>, IAsyncLifetime
{
    private IdentityHost _host = null!;
    private HttpClient _client = null!;

    public async Task InitializeAsync()
    {
        _host = await IdentityHost.StartAsync(
            fixture.Database,
            new Dictionary<string, string?>(TestClients.Settings)
            {
                ["Identity:Issuer"] = "https://localhost",
                ["Identity:Proxies:Addresses:0"] = "127.0.0.2",
                ["Identity:ClientRegistration:Enabled"] = "true",
            }
        );
        _client = _host.CreateClient();
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _host.DisposeAsync();
    }

    [Theory]
    [InlineData("/sign-in?returnUrl=%2Faccount%3Fa%3D1")]
    [InlineData("/connect/authorize?client_id=web")]
    [InlineData("/.well-known/openid-configuration")]
    [InlineData("//evil.example/sign-in")]
    public async Task A_visit_over_http_is_sent_to_the_same_address_of_the_issuer(string path)
    {
        using HttpRequestMessage request = new(
            HttpMethod.Get,
            new Uri(_host.BaseAddress.GetLeftPart(UriPartial.Authority) + path)
        );

        using var answer = await _client.SendAsync(request);

        Assert.Equal(HttpStatusCode.PermanentRedirect, answer.StatusCode);
        Assert.Equal("https", answer.Headers.Location!.Scheme);
        Assert.Equal("localhost", answer.Headers.Location.Host);
        Assert.EndsWith(path, answer.Headers.Location.OriginalString, StringComparison.Ordinal);
        Assert.False(answer.Headers.Contains("Set-Cookie"));
    }

    [Theory]
    [InlineData("/sign-in")]
    [InlineData("/connect/token")]
    [InlineData("/connect/register")]
    [InlineData("/connect/par")]
    public async Task A_form_over_http_is_refused_and_not_read(string path)
    {
        using FormUrlEncodedContent form = new(new Dictionary<string, string> { ["password"] = "Correct-Horse-7" });

        using var answer = await _client.PostAsync(path, form);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("https only", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_proxy_that_is_not_named_is_told_which_setting_names_it_and_never_sent_in_a_circle()
    {
        using HttpRequestMessage request = new(HttpMethod.Get, "/sign-in");
        request.Headers.Add("X-Forwarded-Proto", "https");

        using var answer = await _client.SendAsync(request);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("Identity:Proxies", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Forwarded_headers_of_an_unnamed_proxy_are_warned_of_once_over_http_too()
    {
        using LogRecorder log = new();
        await using var host = await IdentityHost.StartAsync(
            fixture.Database,
            replace: services => services.AddSingleton(log.Factory(LogLevel.Warning))
        );
        using var client = host.CreateClient();

        foreach (var (name, value) in new[] { ("X-Forwarded-Proto", "https"), ("X-Forwarded-For", "192.0.2.1") })
        {
            using HttpRequestMessage request = new(HttpMethod.Get, "/sign-in");
            request.Headers.Add(name, value);
            using var answer = await client.SendAsync(request);
        }

        var (_, warning) = Assert.Single(log.Lines, static line => IsAboutProxies(line.Text));
        Assert.Contains("127.0.0.1", warning, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    public async Task Health_answers_a_probe_over_http(string path)
    {
        using var answer = await _client.GetAsync(path);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task Researchers_find_the_contact_that_the_operator_named_and_no_page_without_one()
    {
        await using var named = await IdentityHost.StartAsync(
            fixture.Database,
            new Dictionary<string, string?> { ["Identity:SecurityContact"] = "mailto:security@example.com" }
        );
        await using var unnamed = await IdentityHost.StartAsync(fixture.Database);
        using var there = named.CreateClient();
        using var nowhere = unnamed.CreateClient();

        var text = await there.GetStringAsync("/.well-known/security.txt");
        using var none = await nowhere.GetAsync("/.well-known/security.txt");

        Assert.StartsWith("Contact: mailto:security@example.com\nExpires: ", text, StringComparison.Ordinal);
        Assert.Contains($"Canonical: {named.Issuer}/.well-known/security.txt\n", text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
    }

    [Fact]
    public async Task A_named_proxy_that_ends_TLS_is_served_without_a_warning()
    {
        using LogRecorder log = new();
        await using var host = await IdentityHost.StartAsync(
            fixture.Database,
            new Dictionary<string, string?>
            {
                ["Identity:Issuer"] = "https://localhost",
                ["Identity:Proxies:Networks:0"] = "127.0.0.0/8",
            },
            services => services.AddSingleton(log.Factory(LogLevel.Warning))
        );
        using var client = host.CreateClient();
        using HttpRequestMessage request = new(HttpMethod.Get, "/sign-in");
        request.Headers.Add("X-Forwarded-Proto", "https");

        using var answer = await client.SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.DoesNotContain(log.Lines, static line => IsAboutProxies(line.Text));
    }

    private static bool IsAboutProxies(string text) =>
        text.Contains("Identity:Proxies:Networks", StringComparison.Ordinal);
}
