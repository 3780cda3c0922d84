using System.Net.Http.Headers;
using System.Text;
using Identity.Core.Denials;
using Identity.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.IntegrationTests.Protocol.Denials;

/// <summary>What stands in the database of refusals: no secret, however it was sent, and no more rows than were
/// promised.</summary>
public sealed class KeptDenialTests(ProtocolFixture fixture) : IClassFixture<ProtocolFixture>
{
    // Short and plain, so that no shape gives it away: only what it was sent as.
    private const string Secret = "hunter2";
    private const string Assertion = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

    [Fact]
    public async Task No_secret_is_kept_and_a_flood_leaves_three_hundred_rows()
    {
        using var client = fixture.Host.CreateClient();
        List<string> ids = [];
        foreach (var request in Faulty())
        {
            using (request)
            {
                using var response = await client.SendAsync(request);
                ids.Add(response.Headers.GetValues("X-Correlation-Id").Single());
            }
        }
        for (var i = 0; i < 400; i++)
            (await client.GetAsync($"/connect/authorize?code={Secret}&a=1&a=2")).Dispose();
        // They are written behind the answers, in their order.
        for (var i = 0; i < 300 && await CountAsync() < 300; i++)
            await Task.Delay(100);
        await Task.Delay(1_000);
        var kept = await CountAsync();

        var known = 0;
        foreach (var id in ids)
            known += await fixture.Host.Services.GetRequiredService<DenialStore>().FindAsync(id, default) is null
                ? 0
                : 1;
        Assert.InRange(known, ids.Count - 2, ids.Count);
        Assert.InRange(kept, 300, 330);
        Assert.Equal(
            0,
            await fixture.Database.ScalarAsync<long>(
                "SELECT count(*) FROM idp.denials d WHERE d::text LIKE '%' || @secret || '%'",
                ("secret", Secret)
            )
        );
        Assert.True(
            await fixture.Database.ScalarAsync<TimeSpan>("SELECT max(expires_at) - now() FROM idp.denials")
                <= TimeSpan.FromDays(3)
        );
    }

    private static IEnumerable<HttpRequestMessage> Faulty()
    {
        yield return Post(
            "/connect/token",
            ("grant_type", "authorization_code"),
            ("client_id", "web"),
            ("client_secret", Secret),
            ("code", Secret),
            ("code_verifier", Secret)
        );
        yield return Post(
            "/connect/token",
            ("grant_type", "password"),
            ("client_id", "web"),
            ("client_secret", TestClients.Secret),
            ("username", "ada"),
            ("password", Secret)
        );
        yield return Post(
            "/connect/token",
            ("grant_type", "refresh_token"),
            ("client_id", "web"),
            ("client_secret", TestClients.Secret),
            ("refresh_token", Secret)
        );
        yield return Post(
            "/connect/token",
            ("grant_type", "authorization_code"),
            ("client_id", "web"),
            ("client_secret", TestClients.Secret),
            ("code", Secret),
            ("code_verifier", Secret),
            ("redirect_uri", $"https://app.example/cb?code={Secret}")
        );
        yield return Post(
            "/connect/token",
            ("grant_type", "client_credentials"),
            ("client_id", "web"),
            ("client_assertion_type", Assertion),
            ("client_assertion", $"{Secret}.{Secret}.{Secret}")
        );
        yield return Post(
            "/connect/token",
            ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
            ("client_id", "web"),
            ("client_secret", TestClients.Secret),
            ("subject_token", Secret),
            ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
            ("actor_token", Secret)
        );
        var basic = Post("/connect/token", ("grant_type", "client_credentials"));
        basic.Headers.Authorization = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes("web:" + Secret)));
        basic.Headers.Add("DPoP", $"{Secret}.{Secret}.{Secret}");
        yield return basic;
        yield return Post("/connect/par", ("client_id", "web"), ("client_secret", Secret), ("request", Secret));
        var leaky = $"https://ada:{Secret}@app.example/cb?access_token={Secret}&back=/x%3Fcode%3D{Secret}";
        yield return Get(
            $"/connect/authorize?client_id=web&response_type=code&redirect_uri={Uri.EscapeDataString(leaky)}"
                + $"&state={Secret}&nonce={Secret}&id_token_hint={Secret}"
        );
        yield return Get(
            "/connect/authorize?client_id=web&response_type=code"
                + $"&redirect_uri={Uri.EscapeDataString(TestClients.RedirectUri)}&request={Secret}&state={Secret}"
                + "&response_mode=query"
        );
        var userInfo = Get("/connect/userinfo");
        userInfo.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Secret);
        yield return userInfo;
        yield return Post("/connect/revoke", ("client_id", "web"), ("client_secret", Secret), ("token", Secret));
        yield return Post("/connect/introspect", ("client_id", "web"), ("client_secret", Secret), ("token", Secret));
    }

    private static HttpRequestMessage Get(string address) => new(HttpMethod.Get, address);

    private static HttpRequestMessage Post(string path, params (string Name, string Value)[] form) =>
        new(HttpMethod.Post, path)
        {
            Content = new FormUrlEncodedContent(
                form.Select(static field => KeyValuePair.Create(field.Name, field.Value))
            ),
        };

    private Task<long> CountAsync() => fixture.Database.ScalarAsync<long>("SELECT count(*) FROM idp.denials");
}
