using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Identity.Testing;

namespace Identity.IntegrationTests.Protocol.Requests;

/// <summary>Whatever is sent, wherever: a refusal and never a failure of ours (OA-6, DO-2).</summary>
public sealed class HostileInputTests(ProtocolFixture fixture) : IClassFixture<ProtocolFixture>
{
    private static readonly string[] Paths =
    [
        "/connect/authorize",
        "/connect/par",
        "/connect/token",
        "/connect/userinfo",
        "/connect/introspect",
        "/connect/revoke",
        "/connect/end-session",
        "/connect/device",
    ];

    private static readonly string[] Fields =
    [
        "client_id",
        "client_secret",
        "redirect_uri",
        "scope",
        "state",
        "nonce",
        "code",
        "code_verifier",
        "refresh_token",
        "token",
        "token_type_hint",
        "grant_type",
        "response_type",
        "response_mode",
        "prompt",
        "max_age",
        "login_hint",
        "id_token_hint",
        "ui_locales",
        "post_logout_redirect_uri",
        "access_token",
        "acr_values",
        "client_assertion",
        "client_assertion_type",
        "request",
        "request_uri",
        "resource",
        "claims",
        "device_code",
    ];

    /// <summary>Every endpoint with every kind of hostile form.</summary>
    public static TheoryData<string, string> Cases()
    {
        TheoryData<string, string> cases = [];
        foreach (var path in Paths)
        {
            foreach (
                var kind in new[]
                {
                    "nul",
                    "bad utf-8",
                    "bad percent",
                    "duplicate",
                    "3000 parameters",
                    "5 MB",
                    "lone surrogate",
                }
            )
                cases.Add(path, kind);
        }
        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_malformed_form_is_refused_before_anything_is_read(string path, string kind)
    {
        using var client = fixture.Host.CreateClient();
        using ByteArrayContent form = new(Encoding.ASCII.GetBytes(Body(kind)));
        form.Headers.ContentType = new MediaTypeHeaderValue("application/x-www-form-urlencoded");

        using HttpRequestMessage request = new(HttpMethod.Post, path) { Content = form };
        // Else the server closes the connection on a client that still talks, and the answer is lost.
        request.Headers.ExpectContinue = kind == "5 MB";

        using var response = await client.SendAsync(request);

        Assert.InRange((int)response.StatusCode, 400, 499);
        if (
            path is not ("/connect/authorize" or "/connect/end-session")
            && response.StatusCode == HttpStatusCode.BadRequest
        )
            Assert.Equal("invalid_request", (await Answer.ReadAsync(response)).Error);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_malformed_query_is_refused_too(string path, string kind)
    {
        using var client = fixture.Host.CreateClient();
        var query = kind is "5 MB" ? new string('a', 100_000) : Body(kind);

        using var response = await client.GetAsync(path + "?" + query);

        Assert.InRange((int)response.StatusCode, 400, 499);
    }

    [Fact]
    public async Task Odd_values_in_every_field_of_every_endpoint_never_make_us_fail()
    {
        using var party = await fixture.SignedInAsync();
        string[] values =
        [
            "",
            " ",
            "\u202e",
            "a\r\nb",
            "%",
            "'; DROP TABLE users; --",
            "{}",
            "[1]",
            new string('x', 20_000),
            "ünïcode",
            "\u0001",
            "http://[::1",
            "-1",
            "😀",
        ];
        List<string> failures = [];

        foreach (var path in Paths)
        {
            foreach (var field in Fields)
            {
                foreach (var value in values)
                {
                    using var request = Request(party, path, field, value);
                    using var response = await party.Browser.SendAsync(request);
                    if ((int)response.StatusCode >= 500)
                        failures.Add(
                            $"{path} {field}={value[..Math.Min(20, value.Length)]}: {(int)response.StatusCode}"
                        );
                }
            }
        }

        Assert.Empty(failures);
    }

    [Theory]
    [InlineData("Basic %%%")]
    [InlineData("Basic d2Vi")]
    [InlineData("Basic AAAA")]
    [InlineData("Basic ")]
    [InlineData("Bearer ")]
    [InlineData("Bearer a.b.c")]
    [InlineData("Bearer eyJhbGciOiJub25lIn0.e30.")]
    [InlineData("Negotiate x")]
    public async Task Odd_credentials_are_refused(string header)
    {
        using var client = fixture.Host.CreateClient();
        foreach (var path in Paths)
        {
            using HttpRequestMessage request = new(HttpMethod.Post, path)
            {
                Content = new FormUrlEncodedContent([KeyValuePair.Create("grant_type", "client_credentials")]),
            };
            request.Headers.TryAddWithoutValidation("Authorization", header);

            using var response = await client.SendAsync(request);

            Assert.InRange((int)response.StatusCode, 300, 499);
        }
    }

    [Theory]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("TRACE")]
    [InlineData("HEAD")]
    public async Task Other_methods_are_refused(string method)
    {
        using var client = fixture.Host.CreateClient();
        foreach (var path in Paths)
        {
            using HttpRequestMessage request = new(new HttpMethod(method), path);

            using var response = await client.SendAsync(request);

            Assert.InRange((int)response.StatusCode, 400, 499);
        }
    }

    [Theory]
    [InlineData("application/json", "{\"grant_type\":\"client_credentials\"}")]
    [InlineData(
        "multipart/form-data; boundary=x",
        "--x\r\nContent-Disposition: form-data; name=\"grant_type\"\r\n\r\nclient_credentials\r\n--x--"
    )]
    [InlineData("text/plain", "grant_type=client_credentials")]
    public async Task A_body_that_is_no_form_is_refused(string type, string body)
    {
        using var client = fixture.Host.CreateClient();
        using StringContent content = new(body);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);

        using var response = await client.PostAsync("/connect/token", content);

        Assert.Equal("invalid_request", (await Answer.ReadAsync(response)).Error);
    }

    private static HttpRequestMessage Request(RelyingParty party, string path, string field, string value)
    {
        if (path is "/connect/authorize" or "/connect/end-session")
            return new(
                HttpMethod.Get,
                path == "/connect/authorize"
                    ? party.AuthorizeUrl("openid", (field, value.Length > 6_000 ? value[..6_000] : value))
                    : $"{path}?{field}={Uri.EscapeDataString(value[..Math.Min(6_000, value.Length)])}"
            );
        Dictionary<string, string> form = new()
        {
            ["grant_type"] = "refresh_token",
            ["refresh_token"] = "x",
            ["token"] = "x",
            ["client_id"] = "web",
            ["client_secret"] = TestClients.Secret,
        };
        form[field] = value;
        return new(HttpMethod.Post, path) { Content = new FormUrlEncodedContent(form) };
    }

    private static string Body(string kind) =>
        kind switch
        {
            "nul" => "client_id=we%00b&token=x",
            "bad utf-8" => "client_id=%c3%28&token=x",
            "bad percent" => "client_id=%zz&token=x",
            "duplicate" => "scope=openid&scope=email&client_id=web&token=x",
            "lone surrogate" => "client_id=%ed%a0%80&token=x",
            "3000 parameters" => string.Join('&', Enumerable.Range(0, 3000).Select(i => $"p{i}=1")),
            _ => "token=" + new string('a', 5 * 1024 * 1024),
        };
}
