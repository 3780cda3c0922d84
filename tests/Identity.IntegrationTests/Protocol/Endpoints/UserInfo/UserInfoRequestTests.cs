using System.Net;
using System.Net.Http.Headers;
using Identity.Testing;

namespace Identity.IntegrationTests.Protocol.Endpoints.UserInfo;

/// <summary>How clients ask the userinfo endpoint (OIDC Core 5.3.1, RFC 6750 section 2).</summary>
public sealed class UserInfoRequestTests(ProtocolFixture fixture) : IClassFixture<ProtocolFixture>
{
    [Theory]
    [InlineData(null, "GET")]
    [InlineData(null, "POST")]
    [InlineData("application/x-www-form-urlencoded", "POST")]
    [InlineData("application/json", "POST")]
    [InlineData("text/plain", "POST")]
    public async Task A_bearer_header_is_enough_whatever_the_empty_body_calls_itself(string? contentType, string method)
    {
        using var party = await fixture.SignedInAsync();
        var tokens = await party.GetTokensAsync("openid email");
        HttpRequestMessage request = new(new HttpMethod(method), "/connect/userinfo");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", tokens.AccessToken);
        if (contentType is not null)
        {
            request.Content = new ByteArrayContent([]);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(contentType);
        }

        var answer = await party.SendAsync(request);

        Assert.Equal((HttpStatusCode.OK, "ada@example.com"), (answer.Status, answer["email"]));
    }

    [Fact]
    public async Task A_token_in_the_form_is_taken_and_a_post_with_nothing_at_all_is_asked_for_one()
    {
        using var party = await fixture.SignedInAsync();
        var tokens = await party.GetTokensAsync("openid email");
        HttpRequestMessage form = new(HttpMethod.Post, "/connect/userinfo")
        {
            Content = new FormUrlEncodedContent(
                new Dictionary<string, string> { ["access_token"] = tokens.AccessToken! }
            ),
        };

        var taken = await party.SendAsync(form);
        var asked = await party.SendAsync(new(HttpMethod.Post, "/connect/userinfo"));

        Assert.Equal((HttpStatusCode.OK, "ada@example.com"), (taken.Status, taken["email"]));
        Assert.Equal(HttpStatusCode.Unauthorized, asked.Status);
    }
}
