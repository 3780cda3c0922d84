using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Identity.Testing;

namespace Identity.IntegrationTests.Samples;

/// <summary>The sample API as a program: bound tokens (RFC 9449), how it describes itself (RFC 9728), and when it wants
/// a better sign-in (RFC 9470).</summary>
public sealed class SampleApiTests(SamplesFixture fixture) : IClassFixture<SamplesFixture>, IDisposable
{
    private readonly HttpClient _http = new();
    private readonly ProofKey _key = new();

    public void Dispose()
    {
        _http.Dispose();
        _key.Dispose();
    }

    [Fact]
    public async Task It_describes_itself_and_names_the_description_in_its_challenge()
    {
        using var refused = await _http.GetAsync(fixture.Api + "/hello");
        var challenge = refused.Headers.WwwAuthenticate.Single(one => one.Scheme == "Bearer").Parameter!;
        var address = challenge.Split("resource_metadata=\"")[1].Split('"')[0];

        var metadata = JsonElement.Parse(await _http.GetStringAsync(address));

        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.DoesNotContain("error", challenge);
        Assert.Equal(fixture.Api + "/.well-known/oauth-protected-resource", address);
        Assert.Equal(fixture.Api, metadata.GetProperty("resource").GetString());
        Assert.Equal(fixture.Issuer, metadata.GetProperty("authorization_servers")[0].GetString());
        Assert.Equal(
            ["ES256", "ES384", "PS256", "RS256"],
            metadata.GetProperty("dpop_signing_alg_values_supported").EnumerateArray().Select(one => one.GetString())
        );
        Assert.False(metadata.GetProperty("dpop_bound_access_tokens_required").GetBoolean());
        Assert.Equal(["Bearer", "DPoP"], refused.Headers.WwwAuthenticate.Select(one => one.Scheme).Order());
    }

    [Fact]
    public async Task The_host_header_changes_nothing_of_what_it_says()
    {
        using HttpRequestMessage request = new(HttpMethod.Get, fixture.Api + "/hello")
        {
            Headers = { Host = "evil.example" },
        };

        using var refused = await _http.SendAsync(request);

        Assert.DoesNotContain("evil", refused.Headers.WwwAuthenticate.ToString());
    }

    [Fact]
    public async Task A_bound_token_opens_it_with_a_proof_and_a_bearer_token_as_ever()
    {
        using var party = await fixture.SignedInAsync("pwd");
        var bound = await BoundTokenAsync(party);
        var bearer = (await party.GetTokensAsync("openid api")).AccessToken!;

        using var withProof = await _http.SendAsync(Get(fixture.Api, "/hello", bound));
        using var plain = await _http.SendAsync(Bearer(fixture.Api, "/hello", bearer));

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (withProof.StatusCode, plain.StatusCode));
    }

    [Fact]
    public async Task Everything_else_is_refused_with_the_word_for_it()
    {
        using ProofKey other = new();
        using var party = await fixture.SignedInAsync("pwd");
        var bound = await BoundTokenAsync(party);
        var bearer = (await party.GetTokensAsync("openid api")).AccessToken!;
        var used = Get(fixture.Api, "/hello", bound);
        var proof = used.Headers.GetValues("DPoP").Single();
        using var first = await _http.SendAsync(used);
        (string Why, HttpRequestMessage Request, string Error)[] wrong =
        [
            ("bound as bearer", Bearer(fixture.Api, "/hello", bound), "invalid_token"),
            ("bearer as bound", Get(fixture.Api, "/hello", bearer), "invalid_token"),
            ("no proof", Raw(bound, null), "invalid_dpop_proof"),
            ("used proof", Raw(bound, proof), "invalid_dpop_proof"),
            ("another key", Raw(bound, other.Proof("GET", fixture.Api + "/hello", bound)), "invalid_token"),
            ("another method", Raw(bound, _key.Proof("POST", fixture.Api + "/hello", bound)), "invalid_dpop_proof"),
            ("another path", Raw(bound, _key.Proof("GET", fixture.Api + "/vault", bound)), "invalid_dpop_proof"),
            ("another API", Raw(bound, _key.Proof("GET", fixture.StrictApi + "/hello", bound)), "invalid_dpop_proof"),
            ("another token", Raw(bound, _key.Proof("GET", fixture.Api + "/hello", bearer)), "invalid_dpop_proof"),
            ("no digest", Raw(bound, _key.Proof("GET", fixture.Api + "/hello")), "invalid_dpop_proof"),
            (
                "old",
                Raw(bound, _key.Proof("GET", fixture.Api + "/hello", bound, change: (_, claims) => claims["iat"] = 1)),
                "invalid_dpop_proof"
            ),
            (
                "future",
                Raw(
                    bound,
                    _key.Proof("GET", fixture.Api + "/hello", bound, change: (_, claims) => claims["iat"] = 99999999999)
                ),
                "invalid_dpop_proof"
            ),
            (
                "no id",
                Raw(
                    bound,
                    _key.Proof("GET", fixture.Api + "/hello", bound, change: (_, claims) => claims.Remove("jti"))
                ),
                "invalid_dpop_proof"
            ),
            (
                "wrong type",
                Raw(
                    bound,
                    _key.Proof("GET", fixture.Api + "/hello", bound, change: (header, _) => header["typ"] = "JWT")
                ),
                "invalid_dpop_proof"
            ),
            (
                "alg none",
                Raw(
                    bound,
                    _key.Proof("GET", fixture.Api + "/hello", bound, change: (header, _) => header["alg"] = "none")
                ),
                "invalid_dpop_proof"
            ),
            (
                "private key",
                Raw(
                    bound,
                    _key.Proof(
                        "GET",
                        fixture.Api + "/hello",
                        bound,
                        change: (header, _) => header["jwk"]!["d"] = "AAAA"
                    )
                ),
                "invalid_dpop_proof"
            ),
            ("nonsense", Raw(bound, "a.b.c"), "invalid_dpop_proof"),
            ("huge", Raw(bound, new string('a', 9000)), "invalid_dpop_proof"),
        ];

        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        foreach (var (why, request, error) in wrong)
        {
            using var response = await _http.SendAsync(request);
            Assert.True(response.StatusCode == HttpStatusCode.Unauthorized, $"{why}: {response.StatusCode}");
            var challenge = Assert.Single(response.Headers.WwwAuthenticate);
            Assert.True(
                challenge.Scheme == "DPoP" && challenge.Parameter!.Contains($"error=\"{error}\""),
                $"{why}: {challenge}"
            );
        }
    }

    [Fact]
    public async Task Of_twenty_uses_of_one_proof_at_once_one_is_answered()
    {
        using var party = await fixture.SignedInAsync("pwd");
        var bound = await BoundTokenAsync(party);
        var proof = _key.Proof("GET", fixture.Api + "/hello", bound);

        var statuses = await Task.WhenAll(
            Enumerable
                .Range(0, 20)
                .Select(async _ =>
                {
                    using var response = await _http.SendAsync(Raw(bound, proof));
                    return response.StatusCode;
                })
        );

        Assert.Single(statuses, status => status == HttpStatusCode.OK);
    }

    [Fact]
    public async Task An_API_that_wants_keys_and_nonces_says_so_and_is_content_with_them()
    {
        using var party = await fixture.SignedInAsync("pwd");
        var bound = await BoundTokenAsync(party);
        var bearer = (await party.GetTokensAsync("openid api")).AccessToken!;

        using var plain = await _http.SendAsync(Bearer(fixture.StrictApi, "/hello", bearer));
        using var unnonced = await _http.SendAsync(Get(fixture.StrictApi, "/hello", bound));
        using var foreign = await _http.SendAsync(Get(fixture.StrictApi, "/hello", bound, nonce: "made-up"));
        using var good = await _http.SendAsync(
            Get(fixture.StrictApi, "/hello", bound, nonce: unnonced.Headers.GetValues("DPoP-Nonce").Single())
        );

        Assert.Equal("DPoP", Assert.Single(plain.Headers.WwwAuthenticate).Scheme);
        Assert.Equal(
            (HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized),
            (plain.StatusCode, unnonced.StatusCode)
        );
        Assert.Contains("error=\"use_dpop_nonce\"", Assert.Single(unnonced.Headers.WwwAuthenticate).Parameter);
        Assert.Contains("error=\"use_dpop_nonce\"", Assert.Single(foreign.Headers.WwwAuthenticate).Parameter);
        Assert.Equal(HttpStatusCode.OK, good.StatusCode);
    }

    [Fact]
    public async Task A_sign_in_with_one_factor_does_not_open_the_vault_and_one_with_two_does()
    {
        using var one = await fixture.SignedInAsync("pwd");
        using var two = await fixture.SignedInAsync("pwd", "otp", "mfa");

        using var refused = await _http.SendAsync(
            Bearer(fixture.Api, "/vault", (await one.GetTokensAsync("openid api")).AccessToken!)
        );
        using var refusedBound = await _http.SendAsync(Get(fixture.Api, "/vault", await BoundTokenAsync(one)));
        using var opened = await _http.SendAsync(
            Bearer(fixture.Api, "/vault", (await two.GetTokensAsync("openid api")).AccessToken!)
        );

        foreach (var (response, scheme) in new[] { (refused, "Bearer"), (refusedBound, "DPoP") })
        {
            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
            var challenge = Assert.Single(response.Headers.WwwAuthenticate);
            Assert.Equal(scheme, challenge.Scheme);
            Assert.Contains("error=\"insufficient_user_authentication\"", challenge.Parameter);
            Assert.Contains("acr_values=\"aal2\", max_age=\"300\"", challenge.Parameter);
        }
        Assert.Equal(HttpStatusCode.OK, opened.StatusCode);
    }

    [Fact]
    public async Task A_token_without_a_person_does_not_open_the_vault()
    {
        using var party = await fixture.SignedInAsync("pwd");
        var own = await party.SendAsync(
            party.Post("/connect/token", ("grant_type", "client_credentials"), ("scope", "api"))
        );

        using var hello = await _http.SendAsync(Bearer(fixture.Api, "/hello", own.AccessToken!));
        using var vault = await _http.SendAsync(Bearer(fixture.Api, "/vault", own.AccessToken!));

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Unauthorized), (hello.StatusCode, vault.StatusCode));
    }

    private async Task<string> BoundTokenAsync(RelyingParty party)
    {
        var code = (await party.AuthorizeAsync("openid api"))["code"];
        return (await party.SendAsync(_key.Sign(party.CodeRequest(code), fixture.Issuer))).AccessToken!;
    }

    private HttpRequestMessage Get(string api, string path, string token, string? nonce = null) =>
        Request(api + path, "DPoP", token, _key.Proof("GET", api + path, token, nonce));

    private HttpRequestMessage Raw(string token, string? proof) =>
        Request(fixture.Api + "/hello", "DPoP", token, proof);

    private static HttpRequestMessage Bearer(string api, string path, string token) =>
        Request(api + path, "Bearer", token, null);

    private static HttpRequestMessage Request(string url, string scheme, string token, string? proof)
    {
        HttpRequestMessage request = new(HttpMethod.Get, url)
        {
            Headers = { Authorization = new AuthenticationHeaderValue(scheme, token) },
        };
        if (proof is not null)
            request.Headers.Add("DPoP", proof);
        return request;
    }
}
