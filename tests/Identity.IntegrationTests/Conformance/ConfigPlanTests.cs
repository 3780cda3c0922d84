using System.Buffers.Text;
using System.Net;
using System.Text.Json;

namespace Identity.IntegrationTests.Conformance;

/// <summary>The config plan: what discovery and the key set say (OIDC Discovery 1.0, RFC 8414, RFC 7517), and that it
/// is so.</summary>
public sealed class ConfigPlanTests(ConformanceProvider plan) : IClassFixture<ConformanceProvider>
{
    private Metadata Metadata => plan.Metadata;

    [Fact]
    public void TheIssuerIsLetterByLetterTheOneThatWasAsked() => Assert.Equal(plan.Issuer, Metadata.Text("issuer"));

    [Theory]
    [InlineData("issuer")]
    [InlineData("authorization_endpoint")]
    [InlineData("token_endpoint")]
    [InlineData("jwks_uri")]
    [InlineData("response_types_supported")]
    [InlineData("subject_types_supported")]
    [InlineData("id_token_signing_alg_values_supported")]
    [InlineData("userinfo_endpoint")]
    [InlineData("scopes_supported")]
    [InlineData("claims_supported")]
    public void WhatIsRequiredOrRecommendedIsThere(string name) =>
        Assert.True(Metadata.Document.TryGetProperty(name, out _));

    [Fact]
    public void NoMemberIsNullOrAnEmptyList() =>
        Assert.All(
            Metadata.Document.EnumerateObject(),
            static member =>
            {
                Assert.NotEqual(JsonValueKind.Null, member.Value.ValueKind);
                // RFC 8414 section 2: a claim with zero elements must be left out.
                Assert.True(
                    member.Value.ValueKind != JsonValueKind.Array || member.Value.GetArrayLength() > 0,
                    member.Name
                );
            }
        );

    [Fact]
    public void NoListNamesAValueTwice() =>
        Assert.All(
            Metadata.Document.EnumerateObject().Where(static member => member.Value.ValueKind == JsonValueKind.Array),
            static member =>
            {
                var values = member.Value.EnumerateArray().Select(static value => value.GetString()).ToArray();
                Assert.Equal(values.Length, values.Distinct().Count());
            }
        );

    [Fact]
    public void EveryEndpointIsBelowTheIssuerWithoutFragment() =>
        Assert.All(
            Endpoints(),
            endpoint =>
            {
                Assert.StartsWith(plan.Issuer, endpoint);
                Assert.Equal("", new Uri(endpoint).Fragment);
            }
        );

    [Fact]
    public async Task EveryEndpointIsThere()
    {
        foreach (var endpoint in Endpoints())
        {
            using var get = await plan.Http.GetAsync(endpoint);
            using var post = await plan.Http.PostAsync(endpoint, new FormUrlEncodedContent([]));

            Assert.True(
                get.StatusCode != HttpStatusCode.NotFound || post.StatusCode != HttpStatusCode.NotFound,
                endpoint
            );
            Assert.True((int)get.StatusCode < 500 && (int)post.StatusCode < 500, endpoint);
        }
    }

    [Fact]
    public void TheCodeFlowIsOfferedAndNoImplicitOne()
    {
        Assert.Equal(["code"], Metadata.List("response_types_supported"));
        Assert.DoesNotContain("fragment", Metadata.List("response_modes_supported"));
        Assert.DoesNotContain("implicit", Metadata.List("grant_types_supported"));
        Assert.DoesNotContain("password", Metadata.List("grant_types_supported"));
    }

    [Fact]
    public void OpenidIsAScopeSubAClaimAndRs256AnAlgorithm()
    {
        Assert.Contains("openid", Metadata.List("scopes_supported"));
        Assert.Contains("sub", Metadata.List("claims_supported"));
        Assert.Contains("RS256", Metadata.List("id_token_signing_alg_values_supported"));
    }

    [Fact]
    public void NoneIsNowhereAnAlgorithmAndPlainNoChallenge()
    {
        Assert.All(
            Metadata
                .Document.EnumerateObject()
                .Where(static member => member.Name.Contains("_alg_", StringComparison.Ordinal)),
            static member =>
                Assert.DoesNotContain(member.Value.EnumerateArray(), static value => value.GetString() == "none")
        );
        Assert.Equal(["S256"], Metadata.List("code_challenge_methods_supported"));
    }

    [Fact]
    public async Task EveryGrantOfTheMetadataIsKnownToTheTokenEndpoint()
    {
        StrictClient client = new(plan, plan.Client);

        // Asked for with nothing beside it, each is refused for what is missing or for this client, never as unknown.
        foreach (
            var grant in Metadata.List("grant_types_supported").Where(static grant => grant != "client_credentials")
        )
            Assert.NotEqual("unsupported_grant_type", await client.RefusedAsync(("grant_type", grant)));
    }

    [Theory]
    [InlineData("password")]
    [InlineData("urn:ietf:params:oauth:grant-type:device_code")]
    [InlineData("urn:openid:params:grant-type:ciba")]
    [InlineData("urn:ietf:params:oauth:grant-type:token-exchange")]
    [InlineData("urn:ietf:params:oauth:grant-type:jwt-bearer")]
    public async Task AGrantThatTheMetadataDoesNotNameIsUnsupported(string grant)
    {
        StrictClient client = new(plan, plan.Client);

        var error = await client.RefusedAsync(
            ("grant_type", grant),
            ("username", "ada"),
            ("password", "x"),
            ("device_code", "x"),
            ("auth_req_id", "x"),
            ("subject_token", "x"),
            ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
            ("assertion", "x")
        );

        // One that is on for others is not for this client: it did not register it, or what it sends is nothing.
        if (Metadata.List("grant_types_supported").Contains(grant))
            Assert.Contains(error, new[] { "unauthorized_client", "invalid_request" });
        else
            Assert.Equal("unsupported_grant_type", error);
    }

    [Fact]
    public async Task EveryKeyIsPublicNamedOnceAndForSignaturesInOneAlgorithm()
    {
        var keys = new PublishedKeys(await plan.JsonAsync(Metadata.JwksUri)).Keys;

        Assert.NotEmpty(keys);
        Assert.Equal(keys.Count, keys.Select(static key => key.GetProperty("kid").GetString()).Distinct().Count());
        Assert.All(
            keys,
            static key =>
            {
                Assert.Equal("sig", key.GetProperty("use").GetString());
                Assert.NotEmpty(key.GetProperty("alg").GetString()!);
                Assert.DoesNotContain(
                    key.EnumerateObject(),
                    static member => member.Name is "d" or "p" or "q" or "dp" or "dq" or "qi" or "oth" or "k"
                );
                if (key.GetProperty("kty").GetString() == "RSA")
                    Assert.True(Base64Url.DecodeFromChars(key.GetProperty("n").GetString()).Length >= 256);
            }
        );
    }

    [Fact]
    public async Task ThereIsAKeyForEveryAlgorithmOfIdTokens()
    {
        var keys = new PublishedKeys(await plan.JsonAsync(Metadata.JwksUri)).Keys;

        Assert.All(
            Metadata.List("id_token_signing_alg_values_supported"),
            algorithm => Assert.Contains(keys, key => key.GetProperty("alg").GetString() == algorithm)
        );
    }

    [Fact]
    public async Task BothDocumentsMayBeReadByAnyScriptAndKeptForAWhile()
    {
        foreach (var url in new[] { plan.Issuer + ".well-known/openid-configuration", Metadata.JwksUri })
        {
            using HttpRequestMessage request = new(HttpMethod.Get, url)
            {
                Headers = { { "Origin", "https://anybody.example" } },
            };

            using var response = await plan.Http.SendAsync(request);

            Assert.Equal("*", response.Headers.GetValues("Access-Control-Allow-Origin").Single());
            Assert.True(response.Headers.CacheControl?.MaxAge > TimeSpan.Zero);
        }
    }

    [Fact]
    public void TheIssuerInTheAnswerIsPromised() =>
        Assert.True(Metadata.Flag("authorization_response_iss_parameter_supported"));

    private string[] Endpoints() =>
        [
            .. Metadata
                .Document.EnumerateObject()
                .Where(static member =>
                    member.Name.EndsWith("_endpoint", StringComparison.Ordinal) || member.Name == "jwks_uri"
                )
                .Select(static member => member.Value.GetString()!),
        ];
}
