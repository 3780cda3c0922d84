using Identity.IntegrationTests.Protocol;
using Identity.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Identity.DuendeTests;

/// <summary>What the log says of a refusal, and what it must never say (LG-1), at the lowest level there is: Duende
/// writes whole requests beside its errors.</summary>
public sealed class SecrecyTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    [Fact]
    public async Task A_whole_journey_at_trace_level_leaves_no_secret_in_the_log_and_names_the_rule_that_refused()
    {
        using LogRecorder recorder = new();
        await using var host = await IdentityHost.StartAsync(
            fixture.Database,
            new Dictionary<string, string?>(ProtocolFixture.Settings) { ["Identity:Logging:Level"] = "Trace" },
            services => services.AddSingleton<ILoggerProvider>(recorder)
        );
        using RelyingParty party = new(host);
        await party.SignInAsync(await RelyingParty.CreateUserAsync(fixture.Database, "ada@example.com"));

        var code = (await party.AuthorizeAsync("openid offline_access"))["code"];
        var tokens = await party.RedeemAsync(code);
        await party.RefreshAsync(tokens.RefreshToken!);
        await party.UserInfoAsync(tokens.AccessToken!);
        await party.UserInfoAsync(tokens.IdToken!);
        await party.IntrospectAsync(tokens.AccessToken!);
        await party.RedeemAsync(code);
        await party.AuthorizeAsync("openid unheard-of");
        await party.SendAsync(
            party.Post("/connect/token", ("grant_type", "client_credentials"), ("scope", "orders openid"))
        );

        var said = string.Join('\n', recorder.Lines.Select(line => $"{line.Category}: {line.Text}"));
        string[] secrets =
        [
            party.Verifier,
            code,
            tokens.AccessToken!,
            tokens.RefreshToken!,
            tokens.IdToken!,
            TestClients.Secret,
        ];
        Assert.All(secrets, secret => Assert.DoesNotContain(secret, said, StringComparison.Ordinal));
        Assert.Matches("rule \"?Codes\"?, \"?invalid_grant\"?", said);
        Assert.Matches("received \"?Reused", said);
    }
}
