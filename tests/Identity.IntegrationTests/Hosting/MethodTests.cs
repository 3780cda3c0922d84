using System.Net;
using Identity.IntegrationTests.Pages;

namespace Identity.IntegrationTests.Hosting;

/// <summary>Methods of HTTP (RFC 9110 sections 9 and 15.5.6) at every kind of endpoint.</summary>
public sealed class MethodTests(PagesFixture fixture) : IClassFixture<PagesFixture>
{
    [Theory]
    [InlineData("/.well-known/openid-configuration")]
    [InlineData("/.well-known/oauth-authorization-server")]
    [InlineData("/.well-known/jwks.json")]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    [InlineData("/connect/check-session")]
    [InlineData("/sign-in")]
    [InlineData("/forgot-password")]
    [InlineData("/account")]
    [InlineData("/there-is-no-such-page")]
    public async Task HEAD_is_GET_without_a_body(string path)
    {
        using var client = fixture.Host.CreateClient();
        using HttpRequestMessage head = new(HttpMethod.Head, path);

        using var read = await client.GetAsync(path);
        using var asked = await client.SendAsync(head);

        Assert.Equal(read.StatusCode, asked.StatusCode);
        Assert.Equal(read.Content.Headers.ContentType, asked.Content.Headers.ContentType);
        Assert.Equal(read.Headers.Location, asked.Headers.Location);
        Assert.Empty(await asked.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("/.well-known/openid-configuration", "GET, HEAD")]
    [InlineData("/.well-known/jwks.json", "GET, HEAD")]
    [InlineData("/health/live", "GET, HEAD")]
    [InlineData("/health/ready", "GET, HEAD")]
    [InlineData("/connect/check-session", "GET, HEAD")]
    [InlineData("/connect/authorize", "GET, POST")]
    [InlineData("/connect/end-session/", "GET, POST")]
    [InlineData("/connect/userinfo", "GET, POST")]
    [InlineData("/connect/token", "POST")]
    [InlineData("/connect/par", "POST")]
    [InlineData("/connect/introspect", "POST")]
    [InlineData("/connect/revoke", "POST")]
    [InlineData("/connect/device", "POST")]
    [InlineData("/connect/bc-authorize", "POST")]
    [InlineData("/sign-in", "GET, HEAD, POST")]
    [InlineData("/account", "GET, HEAD, POST")]
    [InlineData("/signed-out", "GET, HEAD, POST")]
    public async Task Every_other_method_is_405_and_says_which_are_taken(string path, string allowed)
    {
        using var client = fixture.Host.CreateClient();
        string[] taken = allowed.Split(", ");

        foreach (var method in new[] { "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "FOO" })
        {
            if (taken.Contains(method))
                continue;
            using HttpRequestMessage request = new(new HttpMethod(method), path);

            using var answer = await client.SendAsync(request);

            Assert.Equal((method, HttpStatusCode.MethodNotAllowed), (method, answer.StatusCode));
            Assert.Equal(taken, answer.Content.Headers.Allow.Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public async Task A_refused_Basic_authentication_names_its_realm()
    {
        using var client = fixture.Host.CreateClient();
        using HttpRequestMessage request = new(HttpMethod.Post, "/connect/token")
        {
            Content = new FormUrlEncodedContent([KeyValuePair.Create("grant_type", "client_credentials")]),
            Headers = { Authorization = new("Basic", "d2ViOndyb25n") },
        };

        using var answer = await client.SendAsync(request);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        var challenge = Assert.Single(answer.Headers.WwwAuthenticate);
        Assert.Equal("Basic", challenge.Scheme);
        Assert.Contains("realm=\"identity\"", challenge.Parameter, StringComparison.Ordinal);
    }
}
