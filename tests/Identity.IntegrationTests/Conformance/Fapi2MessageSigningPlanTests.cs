namespace Identity.IntegrationTests.Conformance;

/// <summary>The FAPI 2.0 message signing plan: requests that the client signed, answers that the provider signed (RFC
/// 9101, JARM).</summary>
public sealed class Fapi2MessageSigningPlanTests(Fapi2MessageSigningPlanTests.SigningProvider plan)
    : IClassFixture<Fapi2MessageSigningPlanTests.SigningProvider>
{
    private FapiClient Client => new(plan, plan.Signing, plan.Key, plan.Proofs);

    [Fact]
    public void DiscoveryNamesWhatTheProfileAsksFor()
    {
        Assert.Contains("ES256", plan.Metadata.List("request_object_signing_alg_values_supported"));
        Assert.Contains("ES256", plan.Metadata.List("authorization_signing_alg_values_supported"));
        Assert.Contains("jwt", plan.Metadata.List("response_modes_supported"));
        Assert.DoesNotContain("none", plan.Metadata.List("request_object_signing_alg_values_supported"));
    }

    [Fact]
    public async Task ASignedRequestIsAnsweredByASignedResponseAndTheCodeIsGood()
    {
        using var person = plan.Browser();
        var request = Client.Request("openid", ("response_mode", "jwt"));

        var answer = await AnswerAsync(person, request, Client.RequestObject(request));

        Assert.Equal((plan.Issuer, request.State), (answer.Claim("iss"), answer.Claim("state")));
        Assert.NotNull((await Client.RedeemAsync(request, answer.Claim("code")!)).IdToken);
    }

    [Fact]
    public async Task AnErrorIsSignedToo()
    {
        using var person = plan.Browser();
        var request = Client.Request("openid", ("response_mode", "jwt"), ("prompt", "none"));

        var answer = await AnswerAsync(person, request, Client.RequestObject(request));

        Assert.Equal(("login_required", request.State), (answer.Claim("error"), answer.Claim("state")));
        Assert.False(answer.Has("code"));
    }

    [Fact]
    public async Task ARequestThatWasNotSignedIsRefusedWhenItIsPushed() =>
        Assert.NotNull((await Client.PushAsync(Client.Request("openid", ("response_mode", "jwt")))).Error);

    [Theory]
    [InlineData("aud", "https://another.example")]
    [InlineData("iss", "another-client")]
    [InlineData("client_id", "another-client")]
    [InlineData("exp", null)]
    [InlineData("nbf", null)]
    [InlineData("aud", null)]
    public async Task AnObjectWithAWrongClaimIsRefused(string claim, string? value)
    {
        var signed = Client.RequestObject(
            Client.Request(),
            claims =>
            {
                if (value is null)
                    claims.Remove(claim);
                else
                    claims[claim] = value;
            }
        );

        Assert.NotNull((await Client.PushAsync([new("request", signed)])).Error);
    }

    [Fact]
    public async Task AnObjectThatIsOverNotYetGoodOrGoodForTooLongIsRefused()
    {
        var over = await PushAsync(-600, -300);
        var early = await PushAsync(300, 600);
        var old = await PushAsync(-3700, 60);
        var longLived = await PushAsync(0, 3700);

        // Section 5.3.1: nbf no longer than 60 minutes ago, exp no longer than 60 minutes after nbf.
        Assert.All(new[] { over.Error, early.Error, old.Error, longLived.Error }, Assert.NotNull);
    }

    [Fact]
    public async Task AnObjectOfAnotherKeyOrOfNoneIsRefused()
    {
        using ClientKey stranger = new();
        var byStranger = await Client.PushAsync([new("request", Client.RequestObject(Client.Request(), by: stranger))]);
        var parts = Client.RequestObject(Client.Request()).Split('.');
        var unsigned = await Client.PushAsync([new("request", $"eyJhbGciOiJub25lIn0.{parts[1]}.")]);

        Assert.All(new[] { byStranger.Error, unsigned.Error }, Assert.NotNull);
    }

    [Fact]
    public async Task WhatStandsBesideTheObjectCountsForNothing()
    {
        using var person = plan.Browser();
        var request = Client.Request("openid", ("response_mode", "jwt"));

        var push = await Client.PushAsync([
            new("request", Client.RequestObject(request)),
            new("state", "another"),
            new("scope", "openid email"),
        ]);
        var answer = await ReadAsync(await Client.VisitAsync(person, request, push));

        Assert.Equal(request.State, answer.Claim("state"));
    }

    private Task<Push> PushAsync(long nbf, long exp) =>
        Client.PushAsync([
            new(
                "request",
                Client.RequestObject(
                    Client.Request(),
                    claims => (claims["nbf"], claims["exp"]) = (ClientKey.Now + nbf, ClientKey.Now + exp)
                )
            ),
        ]);

    private async Task<Jwt> AnswerAsync(Person person, AuthorizationRequest request, string signed) =>
        await ReadAsync(await Client.VisitAsync(person, request, await Client.PushAsync([new("request", signed)])));

    // JARM 4.4.
    private async Task<Jwt> ReadAsync(Visit visit)
    {
        Assert.True(visit.Answer is not null, $"{(int)visit.Page.Status} {visit.Page.Address}: {visit.Page.Text}");
        var only = Assert.Single(visit.Answer);
        Assert.Equal("response", only.Name);
        var answer = Jwt.Parse(only.Value);
        new PublishedKeys(await plan.JsonAsync(plan.Metadata.JwksUri)).Verify(answer, "ES256");
        Assert.Equal(plan.Issuer, answer.Claim("iss"));
        Assert.Equal([Client.ClientId], answer.Audiences);
        Assert.InRange(answer.Seconds("exp"), ClientKey.Now, ClientKey.Now + 600);
        return answer;
    }

    /// <summary>A client that signs every request.</summary>
    public sealed class SigningProvider : ConformanceProvider
    {
        internal ClientKey Key { get; } = new();

        internal ClientKey Proofs { get; } = new();

        internal Registration Signing =>
            new("signing", "https://signing.example/callback")
            {
                Profile = "Fapi2",
                Secret = null,
                Scopes = "openid email offline_access",
                More = new Dictionary<string, string?>
                {
                    ["Jwks"] = Key.Jwks,
                    ["RequireSignedRequestObject"] = "true",
                    ["ResponseModes:0"] = "jwt",
                    ["ResponseModes:1"] = "query",
                },
            };

        internal override IEnumerable<Registration> Registrations => base.Registrations.Append(Signing);

        public override async Task DisposeAsync()
        {
            await base.DisposeAsync();
            Key.Dispose();
            Proofs.Dispose();
        }
    }
}
