using System.Net;
using Identity.Core.Administration;
using Identity.Server.Protocol.Tokens.Jose;
using Identity.Server.Protocol.Tokens.Signing;
using Identity.Testing;

namespace Identity.IntegrationTests.Admin.Api;

/// <summary>Who may call the API: only whoever has an access token of this provider for this API, with the
/// scope.</summary>
public sealed class ApiEntryTests(ApiFixture fixture) : IClassFixture<ApiFixture>
{
    private const string Users = "/users?limit=1";

    [Fact]
    public async Task Without_a_token_the_answer_says_how_to_come_back()
    {
        var answer = await fixture.With(null).GetAsync(Users);

        answer.Must(HttpStatusCode.Unauthorized);
        var challenges = answer.Headers["WWW-Authenticate"];
        Assert.StartsWith("Bearer scope=\"identity.users.read\", ", challenges, StringComparison.Ordinal);
        Assert.Contains(", DPoP algs=", challenges, StringComparison.Ordinal);
        Assert.Equal("application/problem+json", answer.Headers["Content-Type"]);
        Assert.Equal("no-store", answer.Headers["Cache-Control"]);
    }

    [Fact]
    public async Task A_session_cookie_opens_nothing()
    {
        var admin = await fixture.HolderAsync(AdminRole.Admin);
        using RelyingParty party = new(fixture.Host, ApiFixture.Panel, ApiFixture.PanelCallback);
        await party.SignInAsync(admin, ["pwd", "otp", "mfa"]);

        using var response = await party.Browser.GetAsync(AdminResource.Path + Users);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    [Fact]
    public async Task No_web_page_may_read_an_answer()
    {
        var caller = await fixture.AsAsync();

        var answer = await caller.SendAsync("GET", Users, null, ("Origin", "https://panel.example"));
        var preflight = await caller.SendAsync(
            "OPTIONS",
            Users,
            null,
            ("Origin", "https://panel.example"),
            ("Access-Control-Request-Method", "GET")
        );

        answer.Must(HttpStatusCode.OK);
        Assert.DoesNotContain("Access-Control-Allow-Origin", answer.Headers.Keys);
        Assert.DoesNotContain("Access-Control-Allow-Origin", preflight.Headers.Keys);
    }

    public static TheoryData<string> Hostile =>
        [
            "another issuer",
            "another audience",
            "no audience",
            "a client that is not known",
            "expired",
            "without an end",
            "another type",
            "on behalf of somebody",
            "a client as a person",
            "bound to a certificate",
        ];

    // Each is signed by the provider's own key, and differs from a good token in one thing.
    [Theory]
    [MemberData(nameof(Hostile))]
    public async Task A_token_that_is_not_for_this_opens_nothing(string what)
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        Dictionary<string, object?> claims = new()
        {
            ["iss"] = fixture.Host.Issuer,
            ["sub"] = AdminRole.Admin,
            ["aud"] = fixture.Resource,
            ["exp"] = now + 300,
            ["iat"] = now,
            ["jti"] = Guid.NewGuid().ToString("N"),
            ["client_id"] = AdminRole.Admin,
            ["scope"] = "identity.users.read",
        };
        var good = Sign(claims, "at+jwt");
        switch (what)
        {
            case "another issuer":
                claims["iss"] = "https://elsewhere.example";
                break;
            case "another audience":
                claims["aud"] = new[] { "https://api.example", fixture.Host.Issuer };
                break;
            case "no audience":
                claims.Remove("aud");
                break;
            case "a client that is not known":
                claims["client_id"] = claims["sub"] = "nobody";
                break;
            case "expired":
                claims["exp"] = now - 1;
                break;
            case "without an end":
                claims.Remove("exp");
                break;
            case "on behalf of somebody":
                claims["act"] = new Dictionary<string, object?> { ["sub"] = "service" };
                break;
            case "a client as a person":
                claims["sub"] = (await fixture.HolderAsync(AdminRole.Admin)).ToString("D");
                break;
            case "bound to a certificate":
                claims["cnf"] = new Dictionary<string, object?> { ["x5t#S256"] = new string('a', 43) };
                break;
        }
        var hostile = Sign(claims, what == "another type" ? "JWT" : "at+jwt");

        var accepted = await fixture.With(good).GetAsync(Users);
        var refused = await fixture.With(hostile).GetAsync(Users);

        accepted.Must(HttpStatusCode.OK);
        refused.Must(HttpStatusCode.Unauthorized);
        Assert.Equal("invalid_token", refused.Code);
        Assert.Contains("error=\"invalid_token\"", refused.Headers["WWW-Authenticate"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tokens_of_other_kinds_open_nothing()
    {
        var admin = await fixture.HolderAsync(AdminRole.Admin);
        using RelyingParty party = new(fixture.Host, ApiFixture.Panel, ApiFixture.PanelCallback);
        await party.SignInAsync(admin, ["pwd", "otp", "mfa"]);
        var tokens = await party.GetTokensAsync("openid identity.users.read");
        var access = tokens.AccessToken!;
        var parts = access.Split('.');
        string[] hostile =
        [
            tokens.IdToken!,
            await fixture.TokenAsync("reference-robot"),
            await fixture.TokenAsync("service"),
            $"{parts[0]}.{parts[1]}.{new string('A', parts[2].Length)}",
            $"{parts[0]}.{parts[1]}.",
            "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0." + parts[1] + ".",
            "x",
            new string('a', 20_000),
        ];

        var opened = await fixture.With(access).GetAsync(Users);
        foreach (var token in hostile)
            Assert.Contains(
                (await fixture.With(token).GetAsync(Users)).Status,
                new[] { HttpStatusCode.Unauthorized, HttpStatusCode.BadRequest }
            );

        opened.Must(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_token_ends_with_its_session()
    {
        var admin = await fixture.HolderAsync(AdminRole.Admin);
        var caller = fixture.With(await fixture.PersonTokenAsync(admin));
        var robot = await fixture.AsAsync();
        (await caller.GetAsync(Users)).Must(HttpStatusCode.OK);

        await robot.SendAsync("DELETE", $"/users/{admin}/sessions");

        (await caller.GetAsync(Users)).Must(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_person_may_do_no_more_than_both_their_scopes_and_their_roles_allow()
    {
        var support = await fixture.HolderAsync(AdminRole.Support);
        var (nobody, _) = await fixture.UserAsync();
        var wide = fixture.With(await fixture.PersonTokenAsync(support));
        var narrow = fixture.With(await fixture.PersonTokenAsync(support, "openid identity.users.lock"));
        var powerless = fixture.With(await fixture.PersonTokenAsync(nobody));

        (await wide.GetAsync(Users)).Must(HttpStatusCode.OK);
        var role = await wide.PostAsync($"/users/{nobody}/erase", new { confirmation = "x" });
        var scope = await narrow.GetAsync(Users);
        var none = await powerless.GetAsync(Users);

        Assert.Equal((HttpStatusCode.Forbidden, "users.erase"), (role.Status, role.Code));
        Assert.Equal((HttpStatusCode.Forbidden, "users.read"), (scope.Status, scope.Code));
        Assert.Contains("scope=\"identity.users.read\"", scope.Headers["WWW-Authenticate"], StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Forbidden, none.Status);
    }

    [Fact]
    public async Task A_role_that_is_withdrawn_counts_from_the_next_request_on()
    {
        var auditor = await fixture.HolderAsync(AdminRole.Auditor);
        var caller = fixture.With(await fixture.PersonTokenAsync(auditor));
        (await caller.GetAsync(Users)).Must(HttpStatusCode.OK);

        await fixture.Database.ExecuteAsync("DELETE FROM idp.user_roles WHERE user_id = @id", ("id", auditor));

        (await caller.GetAsync(Users)).Must(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task A_bound_token_is_good_with_its_proof_alone()
    {
        using ProofKey key = new();
        using var http = fixture.Host.CreateClient();
        using HttpRequestMessage ask = new(HttpMethod.Post, "/connect/token")
        {
            Content = new FormUrlEncodedContent([new("grant_type", "client_credentials")]),
        };
        ask.Headers.Authorization = new(
            "Basic",
            Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes($"bound-robot:{TestClients.Secret}"))
        );
        using var answer = await http.SendAsync(key.Sign(ask, fixture.Host.Issuer));
        var token = (await ApiResponse.ReadAsync(answer))["access_token"]!;
        var path = AdminResource.Path + "/users";

        using var proved = await http.SendAsync(key.Get(path, fixture.Host.Issuer, token));
        using var elsewhere = await http.SendAsync(key.Get(path + "/x", fixture.Host.Issuer, token));
        var used = key.Get(path, fixture.Host.Issuer, token);
        used.Headers.Remove("DPoP");
        used.Headers.Add("DPoP", key.Proof("POST", fixture.Host.Issuer + path, token));
        using var otherMethod = await http.SendAsync(used);
        var bearer = await fixture.With(token).GetAsync("/users");
        var unbound = await fixture.With(await fixture.TokenAsync(AdminRole.Admin), "DPoP").GetAsync("/users");

        Assert.Equal(HttpStatusCode.OK, proved.StatusCode);
        Assert.NotEqual(HttpStatusCode.OK, elsewhere.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, otherMethod.StatusCode);
        bearer.Must(HttpStatusCode.Unauthorized);
        unbound.Must(HttpStatusCode.Unauthorized);
    }

    private string Sign(Dictionary<string, object?> claims, string type) =>
        fixture.Service<IJwtSigner>().Sign("ES256", type, JwtClaims.Write(claims));
}
