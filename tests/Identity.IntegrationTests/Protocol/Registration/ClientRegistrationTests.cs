using System.Text;
using Identity.Core.Audit;
using Identity.Core.Clients;
using Identity.Server.Protocol.Registration;
using Identity.Server.Protocol.Tokens.KeySets;
using Identity.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Identity.IntegrationTests.Protocol.Registration;

/// <summary>RFC 7591 and RFC 7592 over a real database.</summary>
public sealed class ClientRegistrationTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>, IDisposable
{
    private const string Good =
        """{"redirect_uris":["https://app.example/cb"],"client_name":"App","""
        + """ "grant_types":["authorization_code","refresh_token"],"unknown_member":{"x":1}}""";

    private readonly JwksFetcher _fetcher = new(static _ => false);
    private ClientRegistry? _registry;

    public void Dispose()
    {
        _fetcher.Dispose();
        _registry?.Dispose();
    }

    private static readonly RequestContext From = new(null, "test", null);

    private ClientStore Clients => new(fixture.Database.Database, _registry!, new AuditLog(fixture.Database.Database));

    private RegistrationTokenStore Tokens => new(fixture.Database.Database);

    [Fact]
    public async Task An_initial_token_of_one_use_makes_one_client_however_many_try()
    {
        var registrations = await RegistrationsAsync();
        var initial = await Tokens.CreateInitialAsync("test", 1, TimeSpan.FromHours(1), From, default);
        Assert.IsType<RegistrationOutcome.Invalid>(await RegisterAsync(registrations, initial.Value, "{}"));

        var outcomes = await Task.WhenAll(
            Enumerable.Range(0, 10).Select(_ => RegisterAsync(registrations, initial.Value, Good))
        );

        var made = Assert.Single(outcomes.OfType<RegistrationOutcome.Stands>());
        Assert.Equal(9, outcomes.OfType<RegistrationOutcome.Unauthorized>().Count());
        await _registry!.LoadAsync(strict: true, default);
        var client = _registry.Find(made.ClientId)!;
        Assert.True(client.RequireConsent);
        Assert.True(ClientSecrets.Verify(client, made.Secret!, DateTimeOffset.UnixEpoch));
        Assert.DoesNotContain(
            made.Secret!,
            await fixture.Database.ScalarAsync<string>("SELECT string_agg(definition::text, ' ') FROM idp.clients"),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_client_that_registers_itself_cannot_choose_a_look()
    {
        var registrations = await RegistrationsAsync(open: true);
        const string Metadata =
            """{"redirect_uris":["https://a.example/cb"],"theme":"shop","Theme":"shop","style_sheet":"/etc/passwd"}""";

        var made = Assert.IsType<RegistrationOutcome.Stands>(await RegisterAsync(registrations, null, Metadata));

        await _registry!.LoadAsync(strict: true, default);
        Assert.Null(_registry.Find(made.ClientId)!.Theme);
    }

    [Fact]
    public async Task A_client_is_read_changed_and_removed_by_its_own_token_only()
    {
        var registrations = await RegistrationsAsync(open: true);
        var mine = Assert.IsType<RegistrationOutcome.Stands>(await RegisterAsync(registrations, null, Good));
        var other = Assert.IsType<RegistrationOutcome.Stands>(await RegisterAsync(registrations, null, Good));

        Assert.IsType<RegistrationOutcome.Unauthorized>(
            await registrations.ReadAsync(mine.ClientId, other.RegistrationToken, default)
        );
        Assert.IsType<RegistrationOutcome.Unauthorized>(await registrations.ReadAsync(mine.ClientId, null, default));
        Assert.False(await registrations.RemoveAsync(mine.ClientId, other.RegistrationToken, From, default));
        Assert.IsType<RegistrationOutcome.Stands>(
            await registrations.ReadAsync(mine.ClientId, mine.RegistrationToken, default)
        );
        var changed = Assert.IsType<RegistrationOutcome.Stands>(
            await registrations.ChangeAsync(
                mine.ClientId,
                mine.RegistrationToken,
                Encoding.UTF8.GetBytes(
                    $$"""{"client_id":"{{mine.ClientId}}","redirect_uris":["https://app.example/other"]}"""
                ),
                From,
                default
            )
        );
        Assert.Null(changed.Secret);
        Assert.Equal(["https://app.example/other"], (await Clients.FindAsync(mine.ClientId, default))!.RedirectUris);
        Assert.False(await registrations.RemoveAsync(mine.ClientId, mine.RegistrationToken, From, default));
        Assert.True(await registrations.RemoveAsync(mine.ClientId, changed.RegistrationToken, From, default));
        Assert.IsType<RegistrationOutcome.Unauthorized>(
            await registrations.ReadAsync(mine.ClientId, mine.RegistrationToken, default)
        );
    }

    [Theory]
    [InlineData("", "invalid_client_metadata")]
    [InlineData("[]", "invalid_client_metadata")]
    [InlineData("""{"redirect_uris":[]}""", "invalid_redirect_uri")]
    [InlineData("""{"redirect_uris":"https://app.example/cb"}""", "invalid_redirect_uri")]
    [InlineData("""{"redirect_uris":["http://app.example/cb"]}""", "invalid_redirect_uri")]
    [InlineData("""{"redirect_uris":["https://app.example/*"]}""", "invalid_redirect_uri")]
    [InlineData("""{"redirect_uris":["https://app.example/cb#x"]}""", "invalid_redirect_uri")]
    [InlineData(
        """{"redirect_uris":["https://a.example/cb"],"grant_types":["client_credentials"]}""",
        "invalid_client_metadata"
    )]
    [InlineData("""{"redirect_uris":["https://a.example/cb"],"grant_types":["password"]}""", "invalid_client_metadata")]
    [InlineData(
        """{"redirect_uris":["https://a.example/cb"],"response_types":["code id_token"]}""",
        "invalid_client_metadata"
    )]
    [InlineData(
        """{"redirect_uris":["https://a.example/cb"],"token_endpoint_auth_method":"client_secret_jwt"}""",
        "invalid_client_metadata"
    )]
    [InlineData(
        """{"redirect_uris":["https://a.example/cb"],"token_endpoint_auth_method":"private_key_jwt"}""",
        "invalid_client_metadata"
    )]
    [InlineData(
        """{"redirect_uris":["https://a.example/cb"],"jwks":{"keys":[]},"jwks_uri":"https://a.example/jwks"}""",
        "invalid_client_metadata"
    )]
    [InlineData(
        """{"redirect_uris":["https://a.example/cb"],"id_token_signed_response_alg":"none"}""",
        "invalid_client_metadata"
    )]
    [InlineData("""{"redirect_uris":["https://a.example/cb"],"client_name":"a\u0000b"}""", "invalid_client_metadata")]
    [InlineData("""{"redirect_uris":["https://a.example/cb"],"client_name":7}""", "invalid_client_metadata")]
    [InlineData(
        """{"redirect_uris":["https://a.example/cb"],"logo_uri":"javascript:alert(1)"}""",
        "invalid_client_metadata"
    )]
    [InlineData(
        """{"redirect_uris":["https://a.example/cb"],"backchannel_logout_uri":"http://10.0.0.1/x"}""",
        "invalid_client_metadata"
    )]
    [InlineData(
        """{"redirect_uris":["https://a.example/cb"],"subject_type":"pairwise","""
            + """ "sector_identifier_uri":"https://localhost:1/s"}""",
        "invalid_client_metadata"
    )]
    [InlineData(
        """{"redirect_uris":["https://a.example/cb"],"software_statement":"x"}""",
        "invalid_software_statement"
    )]
    public async Task Metadata_that_asks_too_much_is_refused_and_nothing_is_made(string metadata, string error)
    {
        var registrations = await RegistrationsAsync(open: true);
        var before = await fixture.Database.ScalarAsync<long>("SELECT count(*) FROM idp.clients");

        Assert.Equal(
            error,
            Assert.IsType<RegistrationOutcome.Invalid>(await RegisterAsync(registrations, null, metadata)).Error
        );
        Assert.Equal(before, await fixture.Database.ScalarAsync<long>("SELECT count(*) FROM idp.clients"));
    }

    [Fact]
    public async Task Scopes_beyond_the_allowed_are_left_out_and_an_expired_or_strange_token_is_refused()
    {
        var registrations = await RegistrationsAsync();
        var expired = await Tokens.CreateInitialAsync(null, null, TimeSpan.FromSeconds(-1), From, default);
        var endless = await Tokens.CreateInitialAsync(null, null, null, From, default);
        foreach (
            var token in new[] { null, "", "x", expired.Value, Identity.Core.Primitives.OpaqueToken.Create().Value }
        )
            Assert.IsType<RegistrationOutcome.Unauthorized>(await RegisterAsync(registrations, token, Good));

        var made = Assert.IsType<RegistrationOutcome.Stands>(
            await RegisterAsync(
                registrations,
                endless.Value,
                """{"redirect_uris":["https://app.example/cb"],"scope":"openid admin offline_access","""
                    + """ "token_endpoint_auth_method":"none"}"""
            )
        );

        Assert.Null(made.Secret);
        Assert.Equal(["openid"], made.Definition.Scopes);
        Assert.Equal(ClientProfile.Spa, made.Definition.Profile);
    }

    [Theory]
    [InlineData("""["http://localhost:4000/callback"]""", null, "native")]
    [InlineData("""["http://127.0.0.1/cb","https://vscode.dev/redirect"]""", null, "native")]
    [InlineData("""["com.example.app:/done"]""", null, "native")]
    [InlineData("""["cursor://anysphere.cursor-mcp/oauth/callback"]""", null, "native")]
    [InlineData("""["cursor://anysphere.cursor-mcp/oauth/callback"]""", "web", "native")]
    [InlineData("""["http://localhost:5173/"]""", "web", "web")]
    [InlineData("""["https://app.example/cb"]""", null, "web")]
    [InlineData("""["https://app.example/cb"]""", "native", "native")]
    public async Task A_public_client_is_native_by_its_addresses_and_the_answer_says_so(
        string redirectUris,
        string? asked,
        string answered
    )
    {
        var registrations = await RegistrationsAsync(open: true, privateScheme: "cursor");
        var type = asked is null ? "" : $"\"application_type\":\"{asked}\",";

        var made = Assert.IsType<RegistrationOutcome.Stands>(
            await RegisterAsync(
                registrations,
                null,
                $$"""{{{type}}"token_endpoint_auth_method":"none","redirect_uris":{{redirectUris}}}"""
            )
        );

        Assert.Equal(answered, AnswerOf(made)["application_type"]!.GetValue<string>());
        await _registry!.LoadAsync(strict: true, default);
        Assert.NotNull(_registry.Find(made.ClientId));
    }

    [Fact]
    public async Task Grants_and_response_types_that_are_not_offered_are_left_out_and_the_answer_shows_the_rest()
    {
        var registrations = await RegistrationsAsync(open: true);

        var made = Assert.IsType<RegistrationOutcome.Stands>(
            await RegisterAsync(
                registrations,
                null,
                """
                {"redirect_uris":["https://app.example/cb"],"response_types":["code","code id_token"],
                 "grant_types":["authorization_code","implicit","urn:ietf:params:oauth:grant-type:jwt-bearer",
                 "refresh_token"]}
                """
            )
        );

        var answer = AnswerOf(made);
        Assert.Equal("""["authorization_code","refresh_token"]""", answer["grant_types"]!.ToJsonString());
        Assert.Equal("""["code"]""", answer["response_types"]!.ToJsonString());
        Assert.Null(answer["private_schemes"]);
    }

    [Theory]
    [InlineData("""{"redirect_uris":["cursor://x/cb"],"token_endpoint_auth_method":"none"}""", "cursor://x/cb")]
    [InlineData(
        """{"redirect_uris":["javascript:alert(1)"],"token_endpoint_auth_method":"none"}""",
        "javascript:alert(1)"
    )]
    [InlineData("""{"redirect_uris":["https://ok.example/cb","http://evil.example/cb"]}""", "http://evil.example/cb")]
    [InlineData("""{"redirect_uris":["https://a.example/cb"],"grant_types":["password"]}""", "password")]
    [InlineData("""{"redirect_uris":["https://a.example/cb"],"grant_types":["refresh_token"]}""", "refresh_token")]
    [InlineData("""{"redirect_uris":["https://a.example/cb"],"response_types":["token"]}""", "token")]
    [InlineData("""{"redirect_uris":["https://a.example/cb"],"application_type":"mobile"}""", "mobile")]
    [InlineData(
        """{"redirect_uris":["https://a.example/cb"],"token_endpoint_auth_method":"client_secret_jwt"}""",
        "client_secret_jwt"
    )]
    [InlineData("""{"redirect_uris":["https://a.example/cb"],"id_token_signed_response_alg":"none"}""", "'none'")]
    [InlineData("""{"redirect_uris":["https://a.example/cb"],"logo_uri":"ftp://x/logo"}""", "logo_uri: 'ftp://x/logo'")]
    public async Task A_refusal_names_the_value_at_fault(string metadata, string value)
    {
        var registrations = await RegistrationsAsync(open: true);

        var refused = Assert.IsType<RegistrationOutcome.Invalid>(await RegisterAsync(registrations, null, metadata));

        Assert.Contains(value, refused.Description, StringComparison.Ordinal);
        Assert.DoesNotContain("idp.clients", refused.Description, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("vscode", true)]
    [InlineData("javascript", false)]
    [InlineData("https", false)]
    [InlineData("not a scheme", false)]
    public void The_operators_list_takes_schemes_of_apps_only(string scheme, bool good)
    {
        RegistrationOptions options = new();
        options.PrivateSchemes.Add(scheme);

        var result = new RegistrationOptionsValidator().Validate(null, options);

        Assert.Equal(good, result.Succeeded);
    }

    [Fact]
    public void No_client_registers_itself_for_the_administration_API()
    {
        RegistrationOptions options = new();
        options.AllowedScopes.Add("identity.users.read");

        var result = new RegistrationOptionsValidator().Validate(null, options);

        Assert.True(result.Failed);
    }

    private static System.Text.Json.Nodes.JsonObject AnswerOf(RegistrationOutcome.Stands made) =>
        RegistrationResponse.Write(made, "token", TestIssuer.Of("https://id.example"));

    private static Task<RegistrationOutcome> RegisterAsync(
        ClientRegistrations registrations,
        string? token,
        string metadata
    ) => registrations.RegisterAsync(token, Encoding.UTF8.GetBytes(metadata), From, default);

    private async Task<ClientRegistrations> RegistrationsAsync(bool open = false, string? privateScheme = null)
    {
        _registry = new ClientRegistry(
            new ConfigurationBuilder().Build(),
            fixture.Database.Database,
            NullLogger<ClientRegistry>.Instance
        );
        await _registry.LoadAsync(strict: true, default);
        RegistrationOptions options = new() { Enabled = true, Open = open };
        if (privateScheme is not null)
            options.PrivateSchemes.Add(privateScheme);
        return new(Options.Create(options), Clients, Tokens, _fetcher);
    }
}
