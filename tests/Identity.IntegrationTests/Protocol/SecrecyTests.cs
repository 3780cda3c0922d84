using Identity.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Identity.IntegrationTests.Protocol;

/// <summary>What the log says of a refusal, and what it must never say (LG-1).</summary>
public sealed class SecrecyTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    [Fact]
    public async Task A_whole_journey_at_trace_level_leaves_no_secret_in_the_log_and_names_the_rule_that_refused()
    {
        using LogRecorder recorder = new();
        await using var host = await IdentityHost.StartAsync(
            fixture.Database,
            new Dictionary<string, string?>(ProtocolFixture.Settings) { ["Logging:LogLevel:Default"] = "Trace" },
            services => services.AddSingleton(recorder.Factory(LogLevel.Trace))
        );
        using RelyingParty party = new(host);
        await party.SignInAsync(await RelyingParty.CreateUserAsync(fixture.Database, "ada@example.com"));

        var code = (await party.AuthorizeAsync("openid offline_access"))["code"];
        var tokens = await party.RedeemAsync(code);
        await party.RefreshAsync(tokens.RefreshToken!);
        await party.UserInfoAsync(tokens.AccessToken!);
        await party.IntrospectAsync(tokens.AccessToken!);
        await party.RedeemAsync(code);
        await party.SendAsync(
            party.Post("/connect/token", ("grant_type", "client_credentials"), ("scope", "unheard-of"))
        );

        // What the HTTP server notes of URLs is Hosting's to keep down; here it is what the protocol and the engine
        // say.
        var said = string.Join(
            '\n',
            recorder
                .Lines.Where(line =>
                    line.Category.StartsWith("Identity.Server.Protocol", StringComparison.Ordinal)
                    || line.Category.StartsWith("OpenIddict", StringComparison.Ordinal)
                )
                .Select(line => line.Text)
        );
        string[] secrets =
        [
            party.Verifier,
            code,
            tokens.AccessToken!,
            tokens.RefreshToken!,
            tokens.IdToken!,
            TestClients.Secret,
        ];
        Assert.All(secrets, secret => Assert.DoesNotContain(secret, said));
        Assert.Contains("rule AuthorizationCodeGrant, invalid_grant", said);
        Assert.Contains("received Reused", said);
        Assert.Contains("rule ClientCredentialsGrant, invalid_scope", said);
        Assert.Contains("received unheard-of", said);
    }
}
