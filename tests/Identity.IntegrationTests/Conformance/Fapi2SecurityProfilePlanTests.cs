using System.Net;

namespace Identity.IntegrationTests.Conformance;

/// <summary>The FAPI 2.0 security profile plan: pushed requests, signed assertions, bound tokens, and the refusal of
/// everything less.</summary>
public sealed class Fapi2SecurityProfilePlanTests(Fapi2SecurityProfilePlanTests.FapiProvider plan)
    : IClassFixture<Fapi2SecurityProfilePlanTests.FapiProvider>
{
    private FapiClient Client => new(plan, plan.Fapi, plan.Key, plan.Proofs);

    [Fact]
    public void DiscoveryNamesWhatTheProfileAsksFor()
    {
        Assert.StartsWith(plan.Issuer, plan.Metadata.Text("pushed_authorization_request_endpoint"));
        Assert.Contains("private_key_jwt", plan.Metadata.List("token_endpoint_auth_methods_supported"));
        Assert.Contains("ES256", plan.Metadata.List("token_endpoint_auth_signing_alg_values_supported"));
        Assert.Contains("ES256", plan.Metadata.List("dpop_signing_alg_values_supported"));
        Assert.Contains("ES256", plan.Metadata.List("id_token_signing_alg_values_supported"));
        Assert.True(plan.Metadata.Flag("authorization_response_iss_parameter_supported"));
    }

    [Fact]
    public async Task APushedRequestGivesBoundTokensAndUserinfo()
    {
        using var person = plan.Browser();

        var tokens = await Client.SignInAsync(person, "openid email");
        using var response = await Client.UserInfoAsync(tokens.AccessToken);

        var info = await StrictClient.ReadUserInfoAsync(response, person.Subject);
        Assert.Equal(person.Email, info.GetProperty("email").GetString());
    }

    [Fact]
    public async Task TheReferenceIsShortLivedAndOfRfc9126()
    {
        var push = await Client.PushAsync(Client.Request());

        Assert.StartsWith("urn:ietf:params:oauth:request_uri:", push.RequestUri);
        // Section 5.3.2.2 of the profile: less than 600 seconds.
        Assert.InRange(push.ExpiresIn, 1, 599);
    }

    [Fact]
    public async Task ARequestThatWasNotPushedIsRefused()
    {
        using var person = plan.Browser();
        StrictClient plain = new(plan, plan.Fapi);
        var request = plain.Request();

        var visit = await person.GoAsync(plain.Url(request), request.RedirectUri);

        Assert.DoesNotContain(visit.Answer ?? [], static parameter => parameter.Name == "code");
        Assert.Empty(visit.Pages);
    }

    [Theory]
    [InlineData("code_challenge", null)]
    [InlineData("code_challenge_method", "plain")]
    [InlineData("redirect_uri", "https://evil.example/callback")]
    [InlineData("redirect_uri", null)]
    [InlineData("response_type", "code id_token")]
    [InlineData("scope", "openid no-such-scope")]
    [InlineData("request_uri", "urn:ietf:params:oauth:request_uri:another")]
    public async Task AFaultyRequestIsRefusedWhenItIsPushed(string name, string? value)
    {
        var push = await Client.PushAsync(Client.Request("openid", (name, value)));

        Assert.NotNull(push.Error);
    }

    [Theory]
    [InlineData("aud", "https://another.example")]
    [InlineData("iss", "another-client")]
    [InlineData("sub", "another-client")]
    [InlineData("exp", null)]
    [InlineData("jti", null)]
    public async Task AnAssertionWithAWrongClaimIsInvalidClient(string claim, string? value)
    {
        var push = await Client.PushAsync(
            Client.Request(),
            Client.Assertion(claims =>
            {
                if (value is null)
                    claims.Remove(claim);
                else
                    claims[claim] = value;
            })
        );

        Assert.Equal("invalid_client", push.Error);
    }

    [Fact]
    public async Task AnAssertionThatIsOverOrFromTheFutureIsInvalidClient()
    {
        var over = await Client.PushAsync(
            Client.Request(),
            Client.Assertion(static claims =>
                (claims["iat"], claims["exp"]) = (ClientKey.Now - 600, ClientKey.Now - 300)
            )
        );
        var future = await Client.PushAsync(
            Client.Request(),
            Client.Assertion(static claims => claims["nbf"] = ClientKey.Now + 300)
        );

        Assert.Equal(("invalid_client", "invalid_client"), (over.Error, future.Error));
    }

    [Fact]
    public async Task AClockThatIsAFewSecondsAheadIsForgiven()
    {
        var push = await Client.PushAsync(
            Client.Request(),
            Client.Assertion(static claims => (claims["iat"], claims["nbf"]) = (ClientKey.Now + 8, ClientKey.Now + 8))
        );

        // Section 5.3.2.1: between 0 and 10 seconds in the future must be accepted.
        Assert.NotNull(push.RequestUri);
    }

    [Fact]
    public async Task AnAssertionIsGoodOnce()
    {
        var assertion = Client.Assertion();

        var first = await Client.PushAsync(Client.Request(), assertion);
        var second = await Client.PushAsync(Client.Request(), assertion);

        Assert.Equal((null, "invalid_client"), (first.Error, second.Error));
    }

    [Fact]
    public async Task AnAssertionOfAnotherKeyIsInvalidClient()
    {
        using ClientKey stranger = new();

        Assert.Equal(
            "invalid_client",
            (await Client.PushAsync(Client.Request(), Client.Assertion(by: stranger))).Error
        );
    }

    [Fact]
    public async Task ASecretIsNoAuthenticationOfSuchAClient()
    {
        using var response = await plan.Http.PostAsync(
            plan.Metadata.Text("pushed_authorization_request_endpoint"),
            new FormUrlEncodedContent(Client.Request().Parameters.Append(new("client_secret", "anything")))
        );

        Assert.Equal("invalid_client", (await StrictJson.ReadAsync(response)).GetProperty("error").GetString());
    }

    [Fact]
    public async Task TheReferenceIsGoodForOneAnswer()
    {
        using var person = plan.Browser();
        var request = Client.Request();
        var push = await Client.PushAsync(request);

        var first = await Client.VisitAsync(person, request, push);
        var second = await Client.VisitAsync(person, request, push);

        Assert.Contains(first.Answer!, static parameter => parameter.Name == "code");
        Assert.DoesNotContain(second.Answer ?? [], static parameter => parameter.Name == "code");
    }

    [Fact]
    public async Task TheReferenceOfAnotherClientIsRefused()
    {
        using var person = plan.Browser();
        var push = await Client.PushAsync(Client.Request());

        var visit = await person.GoAsync(Client.Url(push.RequestUri!, plan.Client.ClientId), plan.Client.RedirectUri);

        Assert.DoesNotContain(visit.Answer ?? [], static parameter => parameter.Name == "code");
        Assert.Empty(visit.Pages);
    }

    [Fact]
    public async Task ParametersBesideTheReferenceChangeNothing()
    {
        using var person = plan.Browser();
        var request = Client.Request();
        var push = await Client.PushAsync(request);

        var visit = await person.GoAsync(
            Client.Url(push.RequestUri!)
                + "&scope=openid%20email&state=another&redirect_uri=https%3A%2F%2Fevil.example%2F",
            request.RedirectUri
        );

        Assert.Equal(request.State, visit.Answer!.Single(static parameter => parameter.Name == "state").Value);
    }

    [Fact]
    public async Task ACodeIsNotRedeemedWithoutAProof()
    {
        using var person = plan.Browser();
        var request = Client.Request();
        var code = (await Client.AuthorizeAsync(person, request)).Code!;

        var (status, answer) = await Client.TokenAsync(Client.CodeForm(request, code), proof: "");

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains(
            answer.GetProperty("error").GetString(),
            new[] { "invalid_dpop_proof", "invalid_request", "invalid_grant" }
        );
    }

    [Fact]
    public async Task ACodeThatWasBoundByDpopJktNeedsThatKey()
    {
        using var person = plan.Browser();
        using ClientKey stranger = new();
        var request = Client.Request("openid", ("dpop_jkt", stranger.Thumbprint));
        var code = (await Client.AuthorizeAsync(person, request)).Code!;

        var (status, _) = await Client.TokenAsync(Client.CodeForm(request, code));

        Assert.Equal(HttpStatusCode.BadRequest, status);
    }

    [Fact]
    public async Task ACodeUsedTwiceIsInvalidGrant()
    {
        using var person = plan.Browser();
        var request = Client.Request();
        var code = (await Client.AuthorizeAsync(person, request)).Code!;
        await Client.RedeemAsync(request, code);

        var (_, answer) = await Client.TokenAsync(Client.CodeForm(request, code));

        Assert.Equal("invalid_grant", answer.GetProperty("error").GetString());
    }

    [Fact]
    public async Task ABoundTokenIsWorthNothingAsABearerTokenOrWithAnotherKey()
    {
        using var person = plan.Browser();
        using ClientKey stranger = new();
        var tokens = await Client.SignInAsync(person);

        using var asBearer = await Client.UserInfoAsync(tokens.AccessToken, "Bearer");
        using var byStranger = await Client.UserInfoAsync(tokens.AccessToken, by: stranger);

        Assert.Equal(
            (HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized),
            (asBearer.StatusCode, byStranger.StatusCode)
        );
    }

    [Fact]
    public async Task ARefreshKeepsTheKeyAndNeedsItsProof()
    {
        using var person = plan.Browser();
        var first = await Client.SignInAsync(person, "openid offline_access");

        var (status, answer) = await Client.TokenAsync([
            ("grant_type", "refresh_token"),
            ("refresh_token", first.RefreshToken),
        ]);

        Assert.True(status == HttpStatusCode.OK, answer.ToString());
        Assert.Equal(first.IdToken!.Claim("sub"), (await Client.ReadAsync(answer, null)).IdToken!.Claim("sub"));
    }

    /// <summary>A client of the profile, and one that is not.</summary>
    public sealed class FapiProvider : ConformanceProvider
    {
        /// <summary>The key of its assertions.</summary>
        internal ClientKey Key { get; } = new();

        /// <summary>The key of its proofs.</summary>
        internal ClientKey Proofs { get; } = new();

        internal Registration Fapi =>
            new("fapi", "https://fapi.example/callback")
            {
                Profile = "Fapi2",
                Secret = null,
                Scopes = "openid email offline_access api",
                More = new Dictionary<string, string?> { ["Jwks"] = Key.Jwks },
            };

        internal override IEnumerable<Registration> Registrations => base.Registrations.Append(Fapi);

        public override async Task DisposeAsync()
        {
            await base.DisposeAsync();
            Key.Dispose();
            Proofs.Dispose();
        }
    }
}
