using System.Text.Json;
using Identity.IntegrationTests.Logout;
using Identity.Testing;

namespace Identity.IntegrationTests.Conformance;

/// <summary>The back-channel logout plan (OIDC Back-Channel Logout 1.0): whatever ends a session, each client of it is
/// told once by a token that says which.</summary>
public sealed class BackchannelLogoutPlanTests(BackchannelLogoutPlanTests.ToldProvider plan)
    : IClassFixture<BackchannelLogoutPlanTests.ToldProvider>
{
    private StrictClient Client => new(plan, plan.Client);

    [Fact]
    public async Task SigningOutByTheClientTellsItByAVerifiedToken()
    {
        using var person = plan.Browser();
        var tokens = await Client.SignInAsync(person);

        await person.GoAsync(
            $"{plan.Metadata.EndSessionEndpoint}?id_token_hint={tokens.IdTokenText}",
            "https://nowhere.example/"
        );

        await VerifyAsync(await plan.ToldAsync(plan.Receiver, tokens), tokens, Client.ClientId);
    }

    [Fact]
    public async Task EndingTheSessionFromAnotherDeviceTellsToo()
    {
        using var person = plan.BrowserOfBob();
        var tokens = await Client.SignInAsync(person);
        using var elsewhere = plan.BrowserOfBob();
        await elsewhere.Browser.SignInAsync(elsewhere.Email, ConfiguredProvider.Password);

        var page = await elsewhere.Browser.GetAsync("/account/sessions");
        await elsewhere.Browser.SubmitAsync(page, [], "handler=EndOthers");

        await VerifyAsync(await plan.ToldAsync(plan.Receiver, tokens), tokens, Client.ClientId);
    }

    [Fact]
    public async Task EachClientOfTheSessionIsToldOnceAndInItsOwnName()
    {
        using var person = plan.Browser();
        var first = await Client.SignInAsync(person);
        StrictClient other = new(plan, plan.Other);
        var second = await other.SignInAsync(person);
        // Twice by the same client is one session of it.
        await Client.SignInAsync(person);

        await person.GoAsync(
            $"{plan.Metadata.EndSessionEndpoint}?id_token_hint={first.IdTokenText}",
            "https://nowhere.example/"
        );

        Assert.Equal(first.IdToken!.Claim("sid"), second.IdToken!.Claim("sid"));
        await VerifyAsync(await plan.ToldAsync(plan.Receiver, first), first, Client.ClientId);
        await VerifyAsync(await plan.ToldAsync(plan.OtherReceiver, second), second, other.ClientId);
        Assert.Single(plan.TokensFor(plan.Receiver, first));
        Assert.Single(plan.TokensFor(plan.OtherReceiver, second));
    }

    [Fact]
    public async Task NobodyIsToldOfASessionThatGoesOnOrThatTheyHadNoPartIn()
    {
        using var staying = plan.Browser();
        var stays = await Client.SignInAsync(staying);
        using var person = plan.Browser();
        var tokens = await Client.SignInAsync(person);

        await person.GoAsync(
            $"{plan.Metadata.EndSessionEndpoint}?id_token_hint={tokens.IdTokenText}",
            "https://nowhere.example/"
        );
        await plan.ToldAsync(plan.Receiver, tokens);

        Assert.Empty(plan.TokensFor(plan.Receiver, stays));
        Assert.Empty(plan.TokensFor(plan.OtherReceiver, tokens));
    }

    [Fact]
    public async Task AClientThatFailedIsToldAgainByAnotherToken()
    {
        using var person = plan.Browser();
        StrictClient failing = new(plan, plan.Failing);
        var tokens = await failing.SignInAsync(person);

        plan.FailingReceiver.Behave = LogoutReceiver.Behaviour.Fail;
        await person.GoAsync(
            $"{plan.Metadata.EndSessionEndpoint}?id_token_hint={tokens.IdTokenText}",
            "https://nowhere.example/"
        );
        var refused = await plan.ToldAsync(plan.FailingReceiver, tokens);
        plan.FailingReceiver.Behave = LogoutReceiver.Behaviour.Acknowledge;
        var taken = await plan.ToldAsync(plan.FailingReceiver, tokens, refused);

        await VerifyAsync(taken, tokens, failing.ClientId);
        // A client that noted the first must not take the second for a replay.
        Assert.NotEqual(Jwt.Parse(refused).Claim("jti"), Jwt.Parse(taken).Claim("jti"));
    }

    // Section 2.6, each of its steps.
    private async Task VerifyAsync(string text, Tokens tokens, string clientId)
    {
        var token = Jwt.Parse(text);
        new PublishedKeys(await plan.JsonAsync(plan.Metadata.JwksUri)).Verify(token, "RS256");
        Assert.Equal("logout+jwt", token.Header.GetProperty("typ").GetString());
        Assert.Equal(plan.Issuer, token.Claim("iss"));
        Assert.Equal([clientId], token.Audiences);
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        Assert.InRange(token.Seconds("iat"), now - 60, now + 5);
        Assert.InRange(token.Seconds("exp"), now, now + 120);
        Assert.Equal(
            (tokens.IdToken!.Claim("sub"), tokens.IdToken.Claim("sid")),
            (token.Claim("sub"), token.Claim("sid"))
        );
        Assert.NotEmpty(token.Claim("jti")!);
        var only = Assert.Single(token.Payload.GetProperty("events").EnumerateObject());
        Assert.Equal(
            ("http://schemas.openid.net/event/backchannel-logout", JsonValueKind.Object),
            (only.Name, only.Value.ValueKind)
        );
        Assert.False(token.Has("nonce"));
    }

    /// <summary>Clients that listen.</summary>
    public sealed class ToldProvider : ConformanceProvider
    {
        internal LogoutReceiver Receiver { get; private set; } = null!;

        internal LogoutReceiver OtherReceiver { get; private set; } = null!;

        internal LogoutReceiver FailingReceiver { get; private set; } = null!;

        internal Registration Failing { get; } = new("failing", "https://failing.example/callback");

        internal override IEnumerable<Registration> Registrations =>
            [Told(Client, Receiver), Told(Other, OtherReceiver), Told(Failing, FailingReceiver)];

        public override async Task InitializeAsync()
        {
            (Receiver, OtherReceiver, FailingReceiver) = (
                await LogoutReceiver.StartAsync(),
                await LogoutReceiver.StartAsync(),
                await LogoutReceiver.StartAsync()
            );
            await base.InitializeAsync();
        }

        public override async Task DisposeAsync()
        {
            await base.DisposeAsync();
            foreach (var receiver in new[] { Receiver, OtherReceiver, FailingReceiver })
                await receiver.DisposeAsync();
        }

        /// <summary>Waits for a token about the session of these tokens, other than one that came before.</summary>
        internal async Task<string> ToldAsync(LogoutReceiver receiver, Tokens tokens, string? but = null)
        {
            for (var attempt = 0; attempt < 300; attempt++)
            {
                if (TokensFor(receiver, tokens).FirstOrDefault(token => token != but) is { } token)
                    return token;
                await Task.Delay(100);
            }

            throw new InvalidOperationException("The client was never told.");
        }

        internal string[] TokensFor(LogoutReceiver receiver, Tokens tokens) =>
            [
                .. receiver
                    .Received.Select(static entry => entry.Token)
                    .Where(token => Jwt.Parse(token).Claim("sid") == tokens.IdToken!.Claim("sid")),
            ];

        private static Registration Told(Registration client, LogoutReceiver receiver) =>
            client with
            {
                More = new Dictionary<string, string?>
                {
                    ["BackchannelLogoutUri"] = receiver.Address.AbsoluteUri,
                    ["BackchannelLogoutSessionRequired"] = "true",
                },
            };
    }
}
