using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Identity.Core.Maintenance;
using Identity.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.IntegrationTests.Protocol.Tokens.AccessTokens;

/// <summary>Access tokens that are references (<c>AccessTokenFormat: Reference</c>): opaque, and else like any
/// other.</summary>
public sealed class ReferenceTokenTests(ShopFixture fixture) : IClassFixture<ShopFixture>
{
    private const string Scopes = "openid email offline_access orders";

    [Fact]
    public async Task It_says_nothing_of_itself_and_opens_userinfo()
    {
        using var opaque = await PartyAsync();

        var tokens = await opaque.GetTokensAsync(Scopes);

        Assert.Matches("^ref_[A-Za-z0-9_-]{43}$", tokens.AccessToken);
        Assert.Equal(600, tokens.Json.GetProperty("expires_in").GetInt32());
        Assert.Equal("ada@example.com", (await opaque.UserInfoAsync(tokens.AccessToken!))["email"]);
        Assert.Equal(
            Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(tokens.AccessToken!)).AsSpan(0, 16)),
            Answer.Decode(tokens.IdToken!).Payload.GetProperty("at_hash").GetString()
        );
    }

    [Fact]
    public async Task The_database_knows_neither_the_token_nor_what_it_says()
    {
        using var opaque = await PartyAsync();
        var tokens = await opaque.GetTokensAsync(Scopes);

        var rows = await fixture.Database.ScalarAsync<string>(
            "SELECT string_agg(encode(coalesce(payload, ''), 'escape') || data::text || encode(key_hash, 'hex'), "
                + "' ') FROM idp.grants WHERE kind = 'reference_token'"
        );

        Assert.DoesNotContain("eyJ", rows);
        Assert.DoesNotContain(tokens.AccessToken!["ref_".Length..], rows);
        Assert.DoesNotContain(
            "@",
            await fixture.Database.ScalarAsync<string>(
                "SELECT string_agg(data::text, ' ') FROM idp.grants WHERE kind = 'reference_token'"
            )
        );
    }

    [Fact]
    public async Task The_resource_server_it_is_for_learns_of_it_and_nobody_else()
    {
        using var opaque = await PartyAsync();
        using RelyingParty ordersApi = new(fixture.Host, "orders-api");
        using RelyingParty service = new(fixture.Host, "service");
        var token = (await opaque.GetTokensAsync(Scopes)).AccessToken!;

        var seen = await ordersApi.IntrospectAsync(token);
        var own = await opaque.IntrospectAsync(token);
        var foreign = await service.IntrospectAsync(token);

        Assert.Equal(fixture.UserId.ToString("D"), seen["sub"]);
        Assert.Equal(("opaque", "Bearer", Scopes), (seen["client_id"], seen["token_type"], seen["scope"]));
        Assert.True(own.Json.GetProperty("active").GetBoolean());
        Assert.Equal("""{"active":false}""", foreign.Text);
    }

    [Fact]
    public async Task Revoked_it_is_over_at_once_and_its_grant_goes_on()
    {
        using var opaque = await PartyAsync();
        var tokens = await opaque.GetTokensAsync(Scopes);

        var revoked = await opaque.SendAsync(opaque.Post("/connect/revoke", ("token", tokens.AccessToken)));

        Assert.Equal(HttpStatusCode.OK, revoked.Status);
        await AssertOverAsync(opaque, tokens.AccessToken!);
        Assert.NotNull((await opaque.RefreshAsync(tokens.RefreshToken!)).AccessToken);
    }

    [Fact]
    public async Task It_ends_with_its_family_its_session_and_its_consent()
    {
        using var opaque = await PartyAsync();
        var ofFamily = await opaque.GetTokensAsync(Scopes);
        await opaque.SendAsync(opaque.Post("/connect/revoke", ("token", ofFamily.RefreshToken)));
        await AssertOverAsync(opaque, ofFamily.AccessToken!);

        var ofSession = await opaque.GetTokensAsync("openid");
        await fixture.Database.ExecuteAsync(
            "SELECT idp.end_sessions(ARRAY[@session], 'logout')",
            ("session", opaque.Session!.Id)
        );
        await AssertOverAsync(opaque, ofSession.AccessToken!);
    }

    [Fact]
    public async Task A_reference_that_was_never_given_is_refused_everywhere_and_costs_at_most_one_command()
    {
        using var opaque = await PartyAsync();
        foreach (
            var token in new[]
            {
                "ref_" + new string('A', 43),
                "ref_",
                "ref_short",
                "ref_" + new string('!', 43),
                "REF_" + new string('A', 43),
                "ref_" + new string('A', 5000),
            }
        )
        {
            var (response, commands) = await fixture.Host.SendCountedAsync(
                opaque.Backchannel,
                opaque.Post("/connect/introspect", ("token", token))
            );
            Assert.Equal("""{"active":false}""", (await Answer.ReadAsync(response)).Text);
            Assert.InRange(commands, 0, 1);
            Assert.Equal(HttpStatusCode.Unauthorized, (await opaque.UserInfoAsync(token)).Status);
        }
    }

    [Fact]
    public async Task A_client_gets_its_own_as_a_reference_too()
    {
        using RelyingParty opaque = new(fixture.Host, "opaque");

        var answer = await opaque.SendAsync(
            opaque.Post("/connect/token", ("grant_type", "client_credentials"), ("scope", "api"))
        );

        Assert.StartsWith("ref_", answer.AccessToken);
        Assert.Equal("opaque", (await opaque.IntrospectAsync(answer.AccessToken!))["sub"]);
    }

    [Fact]
    public async Task Bound_to_a_key_it_needs_a_proof_over_the_reference_itself()
    {
        using ProofKey key = new();
        using var opaque = await PartyAsync();
        var issuer = fixture.Host.Issuer;
        var code = (await opaque.AuthorizeAsync("openid"))["code"];

        var tokens = await opaque.SendAsync(key.Sign(opaque.CodeRequest(code), issuer));
        var opened = await opaque.SendAsync(key.Get("/connect/userinfo", issuer, tokens.AccessToken!));
        var asBearer = await opaque.UserInfoAsync(tokens.AccessToken!);

        Assert.Equal("DPoP", tokens["token_type"]);
        Assert.Equal(
            key.Thumbprint,
            (await opaque.IntrospectAsync(tokens.AccessToken!)).Json.GetProperty("cnf").GetProperty("jkt").GetString()
        );
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Unauthorized), (opened.Status, asBearer.Status));
    }

    [Fact]
    public async Task A_row_whose_time_is_over_is_no_token_and_is_cleaned_away()
    {
        using var opaque = await PartyAsync();
        var token = (await opaque.GetTokensAsync("openid")).AccessToken!;
        var hash = SHA256.HashData(Encoding.ASCII.GetBytes(token["ref_".Length..]));
        await fixture.Database.ExecuteAsync(
            "UPDATE idp.grants SET expires_at = now() - interval '25 hours' WHERE key_hash = @hash",
            ("hash", hash)
        );

        Assert.Equal(HttpStatusCode.Unauthorized, (await opaque.UserInfoAsync(token)).Status);
        await fixture.Host.Services.GetRequiredService<MaintenanceJobs>().RunAsync("grants", CancellationToken.None);

        Assert.Equal(
            0,
            await fixture.Database.ScalarAsync<long>(
                "SELECT count(*) FROM idp.grants WHERE key_hash = @hash",
                ("hash", hash)
            )
        );
    }

    // What a reference costs: one command to keep it, and one to find it, beside what a signed token costs (1/1/0 to
    // issue, 1/1/1 to use).
    [Fact]
    public async Task It_costs_one_command_more_wherever_it_is_made_or_taken()
    {
        using var opaque = await PartyAsync();
        var code = (await opaque.AuthorizeAsync(Scopes))["code"];

        var (redeemed, codeCommands) = await CountAsync(opaque, opaque.CodeRequest(code));
        var (refreshed, refreshCommands) = await CountAsync(opaque, opaque.RefreshRequest(redeemed.RefreshToken!));
        var (_, clientCommands) = await CountAsync(
            opaque,
            opaque.Post("/connect/token", ("grant_type", "client_credentials"), ("scope", "api"))
        );
        HttpRequestMessage userInfo = new(HttpMethod.Get, "/connect/userinfo")
        {
            Headers = { Authorization = new("Bearer", refreshed.AccessToken) },
        };
        var (_, userInfoCommands) = await CountAsync(opaque, userInfo);
        var (_, introspectionCommands) = await CountAsync(
            opaque,
            opaque.Post("/connect/introspect", ("token", refreshed.AccessToken))
        );
        var (_, revocationCommands) = await CountAsync(
            opaque,
            opaque.Post("/connect/revoke", ("token", refreshed.AccessToken))
        );

        Assert.Equal((2, 2, 1), (codeCommands, refreshCommands, clientCommands));
        Assert.Equal((2, 2, 2), (userInfoCommands, introspectionCommands, revocationCommands));
    }

    private Task<RelyingParty> PartyAsync() => fixture.SignedInAsync("opaque", ShopFixture.OpaqueRedirect);

    private async Task<(Answer Answer, int Commands)> CountAsync(RelyingParty party, HttpRequestMessage request)
    {
        var (response, commands) = await fixture.Host.SendCountedAsync(party.Backchannel, request);
        return (await Answer.ReadAsync(response), commands);
    }

    private static async Task AssertOverAsync(RelyingParty party, string token)
    {
        Assert.Equal(HttpStatusCode.Unauthorized, (await party.UserInfoAsync(token)).Status);
        Assert.False((await party.IntrospectAsync(token)).Json.GetProperty("active").GetBoolean());
    }
}
