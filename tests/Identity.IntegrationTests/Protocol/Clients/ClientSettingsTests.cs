using System.Net.Http.Headers;
using System.Text;
using Identity.Testing;

namespace Identity.IntegrationTests.Protocol.Clients;

/// <summary>Settings of a client that real clients need, seen over HTTP by such clients.</summary>
public sealed class ClientSettingsTests(ClientSettingsFixture fixture) : IClassFixture<ClientSettingsFixture>
{
    [Fact]
    public async Task A_client_that_reads_the_ID_token_alone_finds_the_claims_of_its_scopes_there()
    {
        using var party = await fixture.SignedInAsync("reader");

        var tokens = await party.GetTokensAsync("openid email profile");

        var claims = Answer.Decode(tokens.IdToken!).Payload;
        Assert.Equal(
            ("ada@example.com", true, "Ada Lovelace"),
            (
                claims.GetProperty("email").GetString(),
                claims.GetProperty("email_verified").GetBoolean(),
                claims.GetProperty("name").GetString()
            )
        );
        Assert.False(claims.TryGetProperty("phone_number", out _));
    }

    [Fact]
    public async Task Without_the_setting_the_claims_stay_with_userinfo()
    {
        using var party = await fixture.SignedInAsync();

        var tokens = await party.GetTokensAsync("openid email");

        Assert.False(Answer.Decode(tokens.IdToken!).Payload.TryGetProperty("email", out _));
        Assert.Equal("ada@example.com", (await party.UserInfoAsync(tokens.AccessToken!))["email"]);
    }

    [Fact]
    public async Task RFC_9700_a_confidential_client_that_may_signs_in_by_nonce_without_PKCE()
    {
        using var party = await fixture.SignedInAsync("legacy");

        var answer = await party.AuthorizeAsync("openid", WithoutPkce);
        var tokens = await party.SendAsync(CodeRequest(party, answer["code"], verifier: null));

        Assert.Equal("nonce-1", Answer.Decode(tokens.IdToken!).Payload.GetProperty("nonce").GetString());
    }

    [Fact]
    public async Task RFC_9700_a_verifier_for_a_code_without_a_challenge_is_refused_and_so_is_none_for_one_with()
    {
        using var party = await fixture.SignedInAsync("legacy");
        var without = (await party.AuthorizeAsync("openid", WithoutPkce))["code"];
        var downgrade = await party.SendAsync(CodeRequest(party, without, party.Verifier));
        var with = (await party.AuthorizeAsync("openid"))["code"];

        var missing = await party.SendAsync(CodeRequest(party, with, verifier: null));

        Assert.Equal(("invalid_grant", "invalid_grant"), (downgrade.Error, missing.Error));
    }

    [Theory]
    [InlineData("legacy", "openid", null)]
    [InlineData("legacy", "openid", "")]
    [InlineData("legacy", "email", "nonce-1")]
    [InlineData("web", "openid", "nonce-1")]
    [InlineData("spa", "openid", "nonce-1")]
    [InlineData("native", "openid", "nonce-1")]
    public async Task Everybody_else_needs_PKCE(string client, string scope, string? nonce)
    {
        using var party = await fixture.SignedInAsync(client);

        var answer = await party.AuthorizeAsync(scope, [.. WithoutPkce, ("nonce", nonce)]);

        Assert.Equal("invalid_request", answer["error"]);
    }

    [Fact]
    public async Task A_client_id_and_a_scope_with_colons_work_at_every_step()
    {
        using RelyingParty party = new(fixture.Host, ClientSettingsFixture.UrnClient);
        await party.SignInAsync(fixture.UserId);
        var answer = await party.AuthorizeAsync("openid api:read urn:example:write");
        var form = CodeRequest(party, answer["code"], party.Verifier);
        // RFC 6749 section 2.3.1: id and secret are encoded before they are joined by a colon.
        form.Headers.Authorization = new AuthenticationHeaderValue(
            "Basic",
            Convert.ToBase64String(
                Encoding.ASCII.GetBytes($"{Uri.EscapeDataString(party.ClientId)}:{TestClients.Secret}")
            )
        );

        var tokens = await party.SendAsync(form);

        var claims = Answer.Decode(tokens.AccessToken!).Payload;
        Assert.Equal(ClientSettingsFixture.UrnClient, claims.GetProperty("client_id").GetString());
        Assert.Equal("openid api:read urn:example:write", tokens["scope"]);
        Assert.Contains("https://api.example", claims.GetProperty("aud").ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_device_code_lives_as_long_as_its_client_says()
    {
        using RelyingParty tv = new(fixture.Host, "tv");

        var codes = await tv.SendAsync(tv.Post("/connect/device", ("scope", "openid")));

        Assert.Equal("1500", codes["expires_in"]);
        Assert.InRange(
            await fixture.Database.ScalarAsync<double>(
                "SELECT extract(epoch FROM max(expires_at) - now())::float8 FROM idp.grants "
                    + "WHERE kind = 'device_code' AND client_id = 'tv'"
            ),
            1_490,
            1_500
        );
    }

    [Fact]
    public async Task A_grace_of_nothing_holds_for_its_client_alone_and_the_person_stays_signed_in()
    {
        using var strict = await fixture.SignedInAsync("strict");
        using var patient = await fixture.SignedInAsync();
        var (first, other) = (
            await strict.GetTokensAsync("openid offline_access"),
            await patient.GetTokensAsync("openid offline_access")
        );
        await strict.RefreshAsync(first.RefreshToken!);
        var second = await patient.RefreshAsync(other.RefreshToken!);

        var refused = await strict.RefreshAsync(first.RefreshToken!);
        var again = await patient.RefreshAsync(other.RefreshToken!);

        Assert.Equal("invalid_grant", refused.Error);
        Assert.Equal(second.RefreshToken, again.RefreshToken);
        Assert.True((await strict.AuthorizeAsync()).ContainsKey("code"));
    }

    private static readonly (string, string?)[] WithoutPkce =
    [
        ("code_challenge", null),
        ("code_challenge_method", null),
    ];

    private static HttpRequestMessage CodeRequest(RelyingParty party, string code, string? verifier) =>
        party.Post(
            "/connect/token",
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", party.RedirectUri),
            ("code_verifier", verifier)
        );
}
