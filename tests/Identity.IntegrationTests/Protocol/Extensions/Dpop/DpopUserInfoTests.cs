using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Identity.Testing;

namespace Identity.IntegrationTests.Protocol.Extensions.Dpop;

/// <summary>Bound tokens at the userinfo endpoint (RFC 9449 section 7).</summary>
public sealed class DpopUserInfoTests(ProtocolFixture fixture) : IClassFixture<ProtocolFixture>, IDisposable
{
    private const string UserInfo = "/connect/userinfo";
    private readonly ProofKey _key = new();

    private string Issuer => fixture.Host.Issuer;

    public void Dispose() => _key.Dispose();

    [Fact]
    public async Task A_bound_token_opens_it_with_its_proof_for_one_command_more()
    {
        using var party = await fixture.SignedInAsync();
        var token = await BoundTokenAsync(party);

        var (response, commands) = await fixture.Host.SendCountedAsync(
            party.Backchannel,
            _key.Get(UserInfo, Issuer, token)
        );

        Assert.Equal((HttpStatusCode.OK, 2), (response.StatusCode, commands));
        Assert.Equal(fixture.UserId.ToString("D"), (await Answer.ReadAsync(response))["sub"]);
    }

    [Fact]
    public async Task A_bound_token_is_refused_as_a_bearer_token_in_header_and_form()
    {
        using var party = await fixture.SignedInAsync();
        var token = await BoundTokenAsync(party);
        HttpRequestMessage header = new(HttpMethod.Get, UserInfo)
        {
            Headers = { Authorization = new AuthenticationHeaderValue("Bearer", token) },
        };
        HttpRequestMessage form = new(HttpMethod.Post, UserInfo)
        {
            Content = new FormUrlEncodedContent([KeyValuePair.Create("access_token", token)]),
        };

        foreach (var request in new[] { header, _key.Sign(form, Issuer, token) })
        {
            using var response = await party.Backchannel.SendAsync(request);
            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
            Assert.Contains("error=\"invalid_token\"", Challenge(response, "DPoP"));
            Assert.Contains("algs=\"ES256 ES384 PS256 RS256\"", Challenge(response, "DPoP"));
        }
    }

    [Fact]
    public async Task A_bearer_token_is_refused_under_the_scheme_DPoP_even_with_a_proof()
    {
        using var party = await fixture.SignedInAsync();
        var token = (await party.GetTokensAsync()).AccessToken!;

        using var response = await party.Backchannel.SendAsync(_key.Get(UserInfo, Issuer, token));

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Contains("error=\"invalid_token\"", Challenge(response, "DPoP"));
    }

    [Fact]
    public async Task Without_a_proof_with_another_key_another_tokens_digest_or_used_twice_it_stays_closed()
    {
        using ProofKey other = new();
        using var party = await fixture.SignedInAsync();
        var token = await BoundTokenAsync(party);
        HttpRequestMessage bare = new(HttpMethod.Get, UserInfo)
        {
            Headers = { Authorization = new AuthenticationHeaderValue("DPoP", token) },
        };
        string? fixedId = null;
        var first = _key.Get(UserInfo, Issuer, token, change: (_, claims) => fixedId = (string)claims["jti"]!);
        (HttpRequestMessage Request, string Error)[] wrong =
        [
            (bare, "invalid_dpop_proof"),
            (other.Get(UserInfo, Issuer, token), "invalid_token"),
            (
                _key.Get(UserInfo, Issuer, token, change: (_, claims) => claims["ath"] = new string('A', 43)),
                "invalid_dpop_proof"
            ),
            (_key.Get(UserInfo, Issuer, token, change: (_, claims) => claims.Remove("ath")), "invalid_dpop_proof"),
            (_key.Get(UserInfo, Issuer, token, change: (_, claims) => claims["htm"] = "POST"), "invalid_dpop_proof"),
            (_key.Get(UserInfo, Issuer, token, change: (_, claims) => claims["jti"] = fixedId), "invalid_dpop_proof"),
        ];
        using var good = await party.Backchannel.SendAsync(first);

        Assert.Equal(HttpStatusCode.OK, good.StatusCode);
        foreach (var (request, error) in wrong)
        {
            using var response = await party.Backchannel.SendAsync(request);
            Assert.Equal(
                (HttpStatusCode.Unauthorized, error),
                (response.StatusCode, (await Answer.ReadAsync(response)).Error)
            );
            Assert.Contains($"error=\"{error}\"", Challenge(response, "DPoP"));
        }
    }

    [Fact]
    public async Task Whoever_comes_with_nothing_is_offered_both_ways()
    {
        using var client = fixture.Host.CreateClient();

        using var response = await client.GetAsync(UserInfo);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal(
            ["Bearer", "DPoP"],
            response.Headers.WwwAuthenticate.Select(challenge => challenge.Scheme).Order()
        );
    }

    [Theory]
    [InlineData("DPoP ")]
    [InlineData("DPoP not-a-token")]
    [InlineData("dpop a.b.c")]
    [InlineData("DPoP eyJhbGciOiJub25lIn0.e30.")]
    public async Task Nonsense_under_the_scheme_is_an_ordinary_refusal(string authorization)
    {
        using var client = fixture.Host.CreateClient();
        HttpRequestMessage request = new(HttpMethod.Get, UserInfo);
        request.Headers.TryAddWithoutValidation("Authorization", authorization);

        using var response = await client.SendAsync(request);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.NotNull(Challenge(response, "DPoP"));
    }

    [Fact]
    public async Task Two_Authorization_headers_are_one_too_many()
    {
        using var party = await fixture.SignedInAsync();
        var token = await BoundTokenAsync(party);
        var proof = _key.Proof("GET", Issuer + UserInfo, token);

        // By hand: HttpClient would make one header of two.
        using TcpClient connection = new("127.0.0.1", fixture.Host.BaseAddress.Port);
        await connection
            .GetStream()
            .WriteAsync(
                Encoding.ASCII.GetBytes(
                    $"GET {UserInfo} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nDPoP: "
                        + $"{proof}\r\nAuthorization: DPoP {token}\r\nAuthorization: Bearer {token}\r\n\r\n"
                )
            );
        using StreamReader reader = new(connection.GetStream());

        Assert.StartsWith("HTTP/1.1 400 ", await reader.ReadLineAsync());
    }

    private async Task<string> BoundTokenAsync(RelyingParty party)
    {
        var code = (await party.AuthorizeAsync())["code"];
        return (await party.SendAsync(_key.Sign(party.CodeRequest(code), Issuer))).AccessToken!;
    }

    private static string? Challenge(HttpResponseMessage response, string scheme) =>
        response.Headers.WwwAuthenticate.SingleOrDefault(challenge => challenge.Scheme == scheme)?.Parameter;
}
