using System.Net;
using System.Text.Json;
using Identity.Core.Keys;
using Identity.IntegrationTests.Protocol;
using Identity.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.IntegrationTests.Faults;

/// <summary>Without a key that may sign, what must be signed is refused for a while and nothing is used up; everything
/// else goes on.</summary>
public sealed class SigningKeysGoneTests : IAsyncLifetime
{
    private const string Expire =
        "UPDATE idp.signing_keys SET activates_at = now() - interval '1 day', retires_at = clock_timestamp()";
    private const string Break =
        "UPDATE idp.signing_keys SET private_protected = "
        + "set_byte(private_protected, 40, get_byte(private_protected, 40) # 1)";

    private static readonly Dictionary<string, string?> Settings = new(ProtocolFixture.Settings)
    {
        ["Identity:Keys:AutomaticRotation"] = "false",
    };

    private TestDatabase _database = null!;
    private IdentityHost _host = null!;
    private RelyingParty _party = null!;

    public async Task InitializeAsync()
    {
        _database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        _host = await IdentityHost.StartAsync(_database, Settings);
        _party = new(_host);
        await _party.SignInAsync(await RelyingParty.CreateUserAsync(_database, "ada@example.com"));
    }

    public async Task DisposeAsync()
    {
        _party.Dispose();
        await _host.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task With_expired_keys_all_but_signing_goes_on_and_nothing_is_used_up()
    {
        var tokens = await _party.GetTokensAsync("openid offline_access");
        await LoseAsync(Expire);

        await AssertServesAsync(_host, keys: 2);
        var code = (await _party.AuthorizeAsync("openid"))["code"];
        await AssertRefusedForNowAsync(() => _party.CodeRequest(code));
        await AssertRefusedForNowAsync(() => _party.RefreshRequest(tokens.RefreshToken!));
        await AssertRefusedForNowAsync(() => _party.Post("/connect/token", ("grant_type", "client_credentials")));
        Assert.Equal(HttpStatusCode.OK, (await _party.UserInfoAsync(tokens.AccessToken!)).Status);
        Assert.Equal("True", (await _party.IntrospectAsync(tokens.AccessToken!))["active"]);

        await RotateAsync();
        Assert.NotNull((await _party.RedeemAsync(code)).IdToken);
        Assert.NotNull((await _party.RefreshAsync(tokens.RefreshToken!)).RefreshToken);
    }

    [Fact]
    public async Task With_one_algorithm_expired_the_other_signs_on()
    {
        var code = (await _party.AuthorizeAsync("openid"))["code"];
        await LoseAsync(Expire + " WHERE algorithm = 'RS256'");

        // ES256 signs access tokens; ID tokens of this client are signed with RS256.
        var own = await _party.SendAsync(_party.Post("/connect/token", ("grant_type", "client_credentials")));
        Assert.NotNull(own.AccessToken);
        await AssertRefusedForNowAsync(() => _party.CodeRequest(code));

        await RotateAsync();
        Assert.NotNull((await _party.RedeemAsync(code)).IdToken);
    }

    [Fact]
    public async Task With_keys_that_do_not_open_all_but_tokens_goes_on_in_running_and_in_new_instances()
    {
        var code = (await _party.AuthorizeAsync("openid"))["code"];
        await LoseAsync(Break);

        await AssertServesAsync(_host, keys: 0);
        await AssertRefusedForNowAsync(() => _party.CodeRequest(code));
        await using (var second = await IdentityHost.StartAsync(_database, Settings))
            await AssertServesAsync(second, keys: 0);

        await RotateAsync();
        Assert.NotNull((await _party.RedeemAsync(code)).IdToken);
    }

    private async Task LoseAsync(string sql)
    {
        await _database.ExecuteAsync(sql);
        await ReloadAsync();
        using var ready = await _party.Backchannel.GetAsync("/health/ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Contains("no valid signing key", await ready.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private async Task RotateAsync()
    {
        foreach (var algorithm in (string[])["ES256", "RS256"])
            await _host
                .Services.GetRequiredService<SigningKeyRotation>()
                .RotateAsync(algorithm, activate: true, CancellationToken.None);
        await ReloadAsync();
    }

    private Task ReloadAsync() =>
        _host.Services.GetRequiredService<SigningKeyRing>().ReloadAsync(CancellationToken.None);

    private static async Task AssertServesAsync(IdentityHost host, int keys)
    {
        using var client = host.CreateClient();
        foreach (var path in (string[])["/health/live", "/sign-in", "/.well-known/openid-configuration"])
        {
            using var answer = await client.GetAsync(path);
            Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{path}: {(int)answer.StatusCode}");
        }

        using var set = JsonDocument.Parse(await client.GetStringAsync("/.well-known/jwks.json"));
        Assert.Equal(keys, set.RootElement.GetProperty("keys").GetArrayLength());
    }

    private async Task AssertRefusedForNowAsync(Func<HttpRequestMessage> request)
    {
        using var message = request();
        using var answer = await _party.Backchannel.SendAsync(message);
        var body = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.ServiceUnavailable, $"{(int)answer.StatusCode} {body}");
        Assert.NotNull(answer.Headers.RetryAfter?.Delta);
        Assert.Contains("temporarily_unavailable", body, StringComparison.Ordinal);
    }
}
