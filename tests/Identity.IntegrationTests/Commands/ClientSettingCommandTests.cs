using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Identity.Testing;

namespace Identity.IntegrationTests.Commands;

/// <summary>Settings of clients on the command line, and what the doctor says of them, by the program itself.</summary>
public sealed class ClientSettingCommandTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>, IDisposable
{
    private readonly string _folder = IdentityProcess.CreateFolder();

    [Fact]
    public async Task A_client_with_a_colon_is_added_with_settings_by_name_and_the_doctor_warns_of_what_is_weak()
    {
        var added = await RunAsync(
            [],
            "clients",
            "add",
            "urn:example:legacy",
            "--redirect-uri",
            "https://legacy.example/cb",
            "--scope",
            "openid",
            "--scope",
            "api:read",
            "--set",
            "AllowNonceInsteadOfPkce=true",
            "--set",
            "RefreshTokenGrace=00:00:30"
        );
        await fixture.Database.ExecuteAsync(
            """
            UPDATE idp.clients SET definition = jsonb_set(definition, '{scopes}', definition -> 'scopes' || '"gone"')
            """
        );
        var doctor = await RunAsync(
            [
                ("Identity__PersonalTokens__Enabled", "true"),
                ("Identity__PersonalTokens__Scopes__0__Name", "nowhere"),
                ("Identity__Clients__old__AllowNonceInsteadOfPkce", "true"),
                ("Identity__Clients__old__Secret", TestClients.Secret),
                ("Identity__Clients__old__RedirectUris__0", "https://old.example/cb"),
            ],
            "doctor",
            "--offline"
        );

        Assert.Equal(0, added.ExitCode);
        Assert.Equal(
            "true 00:00:30",
            await fixture.Database.ScalarAsync<string>(
                "SELECT (definition ->> 'allow_nonce_instead_of_pkce') || ' ' || "
                    + "(definition ->> 'refresh_token_grace') FROM idp.clients WHERE client_id = 'urn:example:legacy'"
            )
        );
        Assert.Contains("urn:example:legacy may sign people in by nonce", doctor.Output, StringComparison.Ordinal);
        Assert.Contains("old may sign people in by nonce", doctor.Output, StringComparison.Ordinal);
        Assert.Contains("urn:example:legacy names the scope 'gone'", doctor.Output, StringComparison.Ordinal);
        Assert.Contains("PersonalTokens names the scope 'nowhere'", doctor.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_secret_is_made_with_the_digest_that_the_configuration_takes_and_a_given_one_is_digested()
    {
        var made = JsonElement.Parse((await RunAsync([], "clients", "hash-secret", "--json")).Output);
        var (secret, sha256) = (made.GetProperty("secret").GetString()!, made.GetProperty("sha256").GetString()!);
        var given = await IdentityProcess.RunAsync(
            _folder,
            new Dictionary<string, string?>(),
            secret + "\n",
            "clients",
            "hash-secret",
            "--stdin"
        );
        var weak = await IdentityProcess.RunAsync(
            _folder,
            new Dictionary<string, string?>(),
            "password\n",
            "clients",
            "hash-secret",
            "--stdin"
        );

        Assert.Equal(sha256, Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(secret))));
        Assert.Contains($"Sha256: {sha256}", given.Output, StringComparison.Ordinal);
        Assert.Equal((0, 1), (given.ExitCode, weak.ExitCode));
    }

    [Theory]
    [InlineData("UserClaimsInIdToken", "NAME=VALUE")]
    [InlineData("UserClaimInIdToken=true", "UserClaimInIdToken")]
    [InlineData("UserClaimsInIdToken=perhaps", "perhaps")]
    [InlineData("RefreshTokenGrace=01:00:00", "300 seconds")]
    public async Task A_setting_that_cannot_be_is_named_and_nothing_is_added(string setting, string named)
    {
        var refused = await RunAsync(
            [],
            "clients",
            "add",
            "wrong",
            "--redirect-uri",
            "https://wrong.example/cb",
            "--set",
            setting
        );

        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains(named, refused.Output + refused.Error, StringComparison.Ordinal);
        Assert.Equal(
            0,
            await fixture.Database.ScalarAsync<long>("SELECT count(*) FROM idp.clients WHERE client_id = 'wrong'")
        );
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private Task<ProcessResult> RunAsync((string Name, string Value)[] more, params string[] arguments)
    {
        Dictionary<string, string?> settings = new(CommandLineTests.Settings(fixture.Database))
        {
            ["Identity__Scopes__read__Name"] = "api:read",
        };
        foreach (var (name, value) in more)
            settings[name] = value;
        return IdentityProcess.RunAsync(_folder, settings, null, arguments);
    }
}
