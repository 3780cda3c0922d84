using System.Text.Json;
using Identity.Core.Administration;
using Identity.Core.Profile;
using Identity.IntegrationTests.Protocol;
using Identity.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.IntegrationTests.Administration;

/// <summary>Roles, groups and mapped claims as apps get them, and what they cost.</summary>
public sealed class RoleClaimsTests : IAsyncLifetime
{
    private const string Redirect = "https://shop.example/callback";
    private const string Scopes = "openid profile roles groups api offline_access";

    private TestDatabase _database = null!;
    private IdentityHost _host = null!;
    private Guid _userId;

    public async Task InitializeAsync()
    {
        _database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        _userId = await RelyingParty.CreateUserAsync(_database, "ada@example.com");
        Dictionary<string, string?> settings = new(ProtocolFixture.Settings)
        {
            ["Identity:Scopes:api:Claims:0"] = "roles",
            ["Identity:Clients:shop:Profile"] = "Web",
            ["Identity:Clients:shop:Secret"] = TestClients.Secret,
            ["Identity:Clients:shop:RedirectUris:0"] = Redirect,
            ["Identity:Clients:shop:GrantTypes:0"] = "authorization_code",
            ["Identity:Clients:shop:GrantTypes:1"] = "refresh_token",
        };
        foreach (var (scope, index) in Scopes.Split(' ').Select(static (scope, index) => (scope, index)))
            settings[$"Identity:Clients:shop:Scopes:{index}"] = scope;
        await _database.ExecuteAsync(
            """
            WITH roles AS (INSERT INTO idp.roles (name, client_id) VALUES
                    ('editor', NULL), ('shopkeeper', 'shop'), ('stranger', 'web') RETURNING id),
                 carried AS (INSERT INTO idp.roles (name, client_id) VALUES ('reader', NULL) RETURNING id),
                 team AS (INSERT INTO idp.groups (name) VALUES ('Édition') RETURNING id),
                 a AS (INSERT INTO idp.user_roles (user_id, role_id) SELECT @user, id FROM roles
                       UNION ALL SELECT @user, id FROM idp.roles WHERE name = 'identity-admin'),
                 b AS (INSERT INTO idp.group_roles (group_id, role_id) SELECT team.id, carried.id FROM team, carried),
                 c AS (INSERT INTO idp.user_groups (user_id, group_id) SELECT @user, id FROM team),
                 d AS (INSERT INTO idp.attribute_definitions (name, value_type, visible_to, editable_by)
                       VALUES ('floor', 'integer', 'person', 'administrator') RETURNING name)
            INSERT INTO idp.user_attributes (user_id, name, value) SELECT @user, name, '7' FROM d
            """,
            ("user", _userId)
        );
        _host = await IdentityHost.StartAsync(_database, settings);
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task A_client_gets_its_own_roles_and_those_of_every_app_and_never_an_administrative_one()
    {
        using var party = await PartyAsync();

        var tokens = await party.GetTokensAsync(Scopes);
        var idToken = Answer.Decode(tokens.IdToken!).Payload;
        var accessToken = Answer.Decode(tokens.AccessToken!).Payload;
        var withoutApi = Answer.Decode((await party.GetTokensAsync("openid roles")).AccessToken!).Payload;
        var userInfo = (
            await party.UserInfoAsync((await party.GetTokensAsync("openid roles groups")).AccessToken!)
        ).Json;
        var withoutScopes = Answer.Decode((await party.GetTokensAsync("openid profile")).IdToken!).Payload;

        string[] roles = ["editor", "reader", "shopkeeper"];
        Assert.Equal(roles, Names(idToken, "roles"));
        Assert.Equal(roles, Names(accessToken, "roles"));
        Assert.Equal(roles, Names(userInfo, "roles"));
        Assert.Equal(["Édition"], Names(idToken, "groups"));
        Assert.Equal(["Édition"], Names(userInfo, "groups"));
        Assert.False(accessToken.TryGetProperty("groups", out _));
        Assert.False(withoutApi.TryGetProperty("roles", out _));
        Assert.False(withoutScopes.TryGetProperty("roles", out _));
    }

    [Fact]
    public async Task Mapped_claims_stand_where_the_mapping_says_and_budgets_hold()
    {
        await MapAsync(new("floor", "profile", null, "attribute", "floor", null, true, false, true));
        await MapAsync(new("tier", null, "shop", "constant", null, JsonElement.Parse("\"gold\""), false, true, false));
        await MapAsync(new("upn", "openid", "shop", "column", "email", null, true, false, false));
        await MapAsync(new("permissions", "api", null, "roles", null, null, false, true, false));
        using var party = await PartyAsync();
        var code = (await party.AuthorizeAsync(Scopes))["code"];

        var (redeemed, codeCommands) = await CountAsync(party, party.CodeRequest(code));
        var (refreshed, refreshCommands) = await CountAsync(party, party.RefreshRequest(redeemed.RefreshToken!));
        HttpRequestMessage ask = new(HttpMethod.Get, "/connect/userinfo")
        {
            Headers =
            {
                Authorization = new("Bearer", (await party.GetTokensAsync("openid profile roles groups")).AccessToken),
            },
        };
        var (userInfo, userInfoCommands) = await CountAsync(party, ask);

        var idToken = Answer.Decode(refreshed.IdToken!).Payload;
        var accessToken = Answer.Decode(refreshed.AccessToken!).Payload;
        Assert.Equal((1, 1, 1), (codeCommands, refreshCommands, userInfoCommands));
        Assert.Equal(
            (7, "ada@example.com"),
            (idToken.GetProperty("floor").GetInt32(), idToken.GetProperty("upn").GetString())
        );
        Assert.Equal("gold", accessToken.GetProperty("tier").GetString());
        Assert.Equal(["editor", "reader", "shopkeeper"], Names(accessToken, "permissions"));
        Assert.Equal(7, userInfo.Json.GetProperty("floor").GetInt32());
        Assert.False(idToken.TryGetProperty("tier", out _));
        Assert.False(accessToken.TryGetProperty("floor", out _));
        Assert.False(userInfo.Json.TryGetProperty("upn", out _));
        Assert.Contains("floor", (await DiscoveredAsync("claims_supported")));
        Assert.Contains("roles", (await DiscoveredAsync("scopes_supported")));
    }

    [Theory]
    [InlineData("sub")]
    [InlineData("cnf")]
    [InlineData("act")]
    [InlineData("acr")]
    [InlineData("email_verified")]
    [InlineData("a b")]
    public async Task A_claim_of_the_protocol_is_never_mapped(string claim)
    {
        var outcome = await WriteAsync(
            new(claim, "openid", null, "constant", null, JsonElement.Parse("true"), true, true, true)
        );

        Assert.Equal("claim", Assert.IsType<AdminOutcome.Invalid>(AdminScene.ReasonOf(outcome)).Field);
    }

    private async Task<RelyingParty> PartyAsync()
    {
        RelyingParty party = new(_host, "shop", Redirect);
        await party.SignInAsync(_userId);
        return party;
    }

    private async Task MapAsync(ClaimMapping mapping)
    {
        AdminScene.Done(await WriteAsync(mapping));
        // The listener does it in a moment; a test does not wait for it.
        await _host.Services.GetRequiredService<ClaimMappings>().ReloadAsync(default);
    }

    private Task<AdminOutcome<ClaimMapping>> WriteAsync(ClaimMapping mapping) =>
        _host
            .Services.GetRequiredService<ClaimMappingStore>()
            .WriteAsync(
                _host.Services.GetRequiredService<OperatorReader>().OfCommandLine(),
                mapping,
                0,
                Rooms.Stranger,
                default
            );

    private async Task<(Answer Answer, int Commands)> CountAsync(RelyingParty party, HttpRequestMessage request)
    {
        var (response, commands) = await _host.SendCountedAsync(party.Backchannel, request);
        return (await Answer.ReadAsync(response), commands);
    }

    private async Task<string[]> DiscoveredAsync(string member)
    {
        using var client = _host.CreateClient();
        using var document = JsonDocument.Parse(await client.GetStringAsync("/.well-known/openid-configuration"));
        return Names(document.RootElement, member);
    }

    private static string[] Names(JsonElement json, string member) =>
        [.. json.GetProperty(member).EnumerateArray().Select(static name => name.GetString()!)];
}
