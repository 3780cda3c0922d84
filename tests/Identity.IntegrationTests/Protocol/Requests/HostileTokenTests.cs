using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Identity.Testing;

namespace Identity.IntegrationTests.Protocol.Requests;

/// <summary>JWTs that are properly signed and made to be stumbled over, at every place where one is read.</summary>
public sealed class HostileTokenTests(KeyClientFixture fixture) : IClassFixture<KeyClientFixture>
{
    private const string Header = """{"alg":"ES256","typ":"JWT","kid":"k1"}""";

    private static readonly string[] Members =
    [
        """ "aud":"\ud800" """,
        """ "aud":["\ud800"] """,
        """ "\ud800":1 """,
        """ "\ud800":1,"\ud800":2 """,
        """ "exp":253402300798 """,
        """ "exp":253402300799 """,
        """ "exp":1e308 """,
        """ "exp":-1e308 """,
        """ "exp":1e999999 """,
        """ "exp":"soon" """,
        """ "nbf":253402300798 """,
        """ "iat":253402300798 """,
        """ "iat":-62135596801 """,
        """ "jti":"\u0000" """,
        """ "jti":["a"] """,
        """ "nonce":"\ufffe" """,
        """ "scope":{"a":["\udfff"]} """,
        """ "claims":"\ud800" """,
        """ "state":"\u0000" """,
        """ "a":[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]] """,
    ];

    // What an assertion or a hint may hold without anybody reading it.
    private static readonly string[] Unread =
    [
        """ "auth_time":253402300799 """,
        """ "cnf":{"jkt":1} """,
        """ "cnf":"text" """,
        """ "response_type":"code code" """,
        """ "redirect_uri":["a"] """,
    ];

    private static readonly string[] Headers =
    [
        """{"alg":"ES256","typ":"JWT","kid":"\ud800"}""",
        """{"alg":"ES256","typ":"\ud800","kid":"k1"}""",
        """{"alg":"\ud800","typ":"JWT","kid":"k1"}""",
        """{"alg":1,"typ":[],"kid":{}}""",
        """{"alg":"ES256","typ":"JWT","kid":"k1","\ud800":1}""",
        """{"alg":"ES256","typ":"JWT","kid":"k1","crit":["exp"]}""",
        """{"alg":"none"}""",
        """[]""",
        """not json""",
        "",
    ];

    public static TheoryData<string> EndpointsWithAssertions =>
        ["/connect/token", "/connect/par", "/connect/introspect", "/connect/revoke", "/connect/device"];

    [Theory]
    [MemberData(nameof(EndpointsWithAssertions))]
    public async Task A_client_assertion_is_refused_and_nothing_is_kept(string path)
    {
        using RelyingParty party = new(fixture.One, KeyClientFixture.Keyed, KeyClientFixture.RedirectUri);
        var before = await RowsAsync();

        foreach (var jwt in Tokens(KeyClientFixture.Keyed))
        {
            var form = KeyClientFixture.ParametersOf(party);
            form["grant_type"] = "client_credentials";
            form["token"] = "x";
            form["client_assertion"] = jwt;
            form["client_assertion_type"] = ClientKeyPair.AssertionType;

            var answer = await PostAsync(path, form);

            Assert.True((int)answer.Status is >= 400 and < 500, $"{path} {Shown(jwt)}: {(int)answer.Status}");
            Assert.True(answer.Error is "invalid_client" or "invalid_request", $"{Shown(jwt)}: {answer.Error}");
        }

        Assert.Equal(before, await RowsAsync());
    }

    [Fact]
    public async Task A_request_object_is_refused_by_value_and_pushed_and_nothing_is_kept()
    {
        using var party = await fixture.SignedInAsync();
        var before = await RowsAsync();

        foreach (
            var jwt in Tokens(KeyClientFixture.Keyed)
                .Concat(Unread.Select(member => Signed(KeyClientFixture.Keyed, member)))
        )
        {
            using var opened = await party.Browser.GetAsync(
                $"/connect/authorize?client_id={KeyClientFixture.Keyed}&request={Uri.EscapeDataString(jwt)}"
            );
            using var push = fixture.Post("/connect/par", KeyClientFixture.Keyed, [new("request", jwt)]);
            using var pushed = await party.Backchannel.SendAsync(push);

            Assert.True((int)opened.StatusCode is >= 300 and < 500, $"{Shown(jwt)}: {(int)opened.StatusCode}");
            Assert.True((int)pushed.StatusCode is >= 400 and < 500, $"{Shown(jwt)}: {(int)pushed.StatusCode}");
        }

        Assert.Equal(before, await RowsAsync());
    }

    [Fact]
    public async Task Hints_and_tokens_that_nobody_issued_are_refused_wherever_one_is_read()
    {
        using var party = await fixture.SignedInAsync();

        foreach (
            var jwt in Tokens(KeyClientFixture.Keyed)
                .Concat(Unread.Select(member => Signed(KeyClientFixture.Keyed, member)))
                .Append("a.b.c")
                .Append("..")
                .Append("a.b.c.d.e")
        )
        {
            var hint = Uri.EscapeDataString(jwt);
            List<HttpRequestMessage> requests =
            [
                new(HttpMethod.Get, party.AuthorizeUrl("openid", ("id_token_hint", jwt), ("prompt", "none"))),
                new(HttpMethod.Get, $"/connect/end-session?id_token_hint={hint}"),
                fixture.Post("/connect/introspect", KeyClientFixture.Keyed, [new("token", jwt)]),
                fixture.Post("/connect/revoke", KeyClientFixture.Keyed, [new("token", jwt)]),
                fixture.Post(
                    "/connect/token",
                    KeyClientFixture.Keyed,
                    [new("grant_type", "refresh_token"), new("refresh_token", jwt)]
                ),
            ];
            foreach (var scheme in new[] { "Bearer", "DPoP" })
            {
                HttpRequestMessage userInfo = new(HttpMethod.Get, "/connect/userinfo");
                userInfo.Headers.TryAddWithoutValidation("Authorization", $"{scheme} {jwt}");
                userInfo.Headers.TryAddWithoutValidation("DPoP", jwt);
                requests.Add(userInfo);
            }
            foreach (var request in requests)
            {
                using (request)
                {
                    using var answer = await party.Browser.SendAsync(request);
                    Assert.True((int)answer.StatusCode < 500, $"{request.RequestUri} {Shown(jwt)}");
                }
            }
        }
    }

    [Theory]
    [InlineData("code code")]
    [InlineData("code id_token")]
    [InlineData("code  ")]
    [InlineData(" code")]
    [InlineData("none")]
    [InlineData("")]
    public async Task An_odd_response_type_is_an_error_of_the_client(string type)
    {
        using var party = await fixture.SignedInAsync();

        using var opened = await party.Browser.GetAsync(party.AuthorizeUrl("openid", ("response_type", type)));
        using var push = fixture.Post(
            "/connect/par",
            KeyClientFixture.Keyed,
            KeyClientFixture.ParametersOf(party, "openid", ("response_type", type))
        );
        var pushed = await party.SendAsync(push);

        Assert.True((int)opened.StatusCode is >= 300 and < 500, $"{(int)opened.StatusCode}");
        Assert.DoesNotContain("code=", opened.Headers.Location?.Query ?? "", StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, pushed.Status);
        Assert.True(pushed.Error is "unsupported_response_type" or "invalid_request", pushed.Error);
    }

    private IEnumerable<string> Tokens(string clientId)
    {
        foreach (var member in Members)
            yield return Signed(clientId, member);
        foreach (var header in Headers)
            yield return fixture.Key.SignText(header, $$"""{"iss":"{{clientId}}","sub":"{{clientId}}"}""");
    }

    // The odd member stands in the place of the sound one, so that it is read.
    private string Signed(string clientId, string member)
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        Dictionary<string, string> sound = new()
        {
            ["iss"] = $"\"{clientId}\"",
            ["sub"] = $"\"{clientId}\"",
            ["client_id"] = $"\"{clientId}\"",
            ["aud"] = $"\"{fixture.One.Issuer}\"",
            ["exp"] = $"{now + 60}",
            ["nbf"] = $"{now - 5}",
            ["iat"] = $"{now}",
            ["jti"] = $"\"{Guid.NewGuid()}\"",
        };
        var name = member.Trim().Split('"')[1];
        var others = sound.Where(pair => pair.Key != name).Select(pair => $"\"{pair.Key}\":{pair.Value}");
        return fixture.Key.SignText(Header, "{" + string.Join(',', others.Append(member)) + "}");
    }

    private async Task<Answer> PostAsync(string path, Dictionary<string, string> form)
    {
        using var client = fixture.One.CreateClient();
        using FormUrlEncodedContent content = new(form);
        using var response = await client.PostAsync(path, content);
        return await Answer.ReadAsync(response);
    }

    private Task<long> RowsAsync() =>
        fixture.Database.ScalarAsync<long>(
            "SELECT (SELECT count(*) FROM idp.grants) + (SELECT count(*) FROM idp.begun_requests) + "
                + "(SELECT count(*) FROM idp.token_families)"
        );

    private static string Shown(string jwt) =>
        jwt.Split('.') is [_, { Length: > 0 } claims, _] && claims.Length % 4 != 1
            ? Encoding.UTF8.GetString(System.Buffers.Text.Base64Url.DecodeFromChars(claims))
            : jwt;
}
