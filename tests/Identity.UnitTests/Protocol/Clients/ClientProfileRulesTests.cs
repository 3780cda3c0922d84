using Identity.Core.Clients;
using Identity.UnitTests.Protocol.Tokens.Jose;

namespace Identity.UnitTests.Protocol.Clients;

/// <summary>What each profile refuses in a client's definition, by the key of the fault, and what it means where
/// nothing is said.</summary>
public sealed class ClientProfileRulesTests : IDisposable
{
    private readonly TestKey _key = new("k1");

    public void Dispose() => _key.Dispose();

    [Theory]
    [InlineData("Fapi2", "TokenEndpointAuthMethod", "none", "TokenEndpointAuthMethod")]
    [InlineData("Fapi2", "TokenEndpointAuthMethod", "client_secret_post", "TokenEndpointAuthMethod")]
    [InlineData("Fapi2", "RequirePushedAuthorizationRequests", "false", "RequirePushedAuthorizationRequests")]
    [InlineData("Fapi2", "DpopBoundAccessTokens", "false", "DpopBoundAccessTokens")]
    [InlineData("Fapi2", "RedirectUris:0", "http://127.0.0.1/callback", "RedirectUris")]
    [InlineData("Fapi2", "IdTokenSignedResponseAlg", "RS256", "IdTokenSignedResponseAlg")]
    [InlineData("Fapi2", "UserinfoSignedResponseAlg", "RS256", "UserinfoSignedResponseAlg")]
    [InlineData("Fapi2", "AuthorizationSignedResponseAlg", "RS256", "AuthorizationSignedResponseAlg")]
    [InlineData("Fapi2", "RequestObjectSigningAlg", "RS256", "RequestObjectSigningAlg")]
    [InlineData("Fapi2", "TokenEndpointAuthSigningAlg", "ES384", "TokenEndpointAuthSigningAlg")]
    [InlineData("Fapi2", "AuthorizationCodeLifetime", "00:02:00", "AuthorizationCodeLifetime")]
    [InlineData("Fapi2", "ResponseModes:0", "fragment", "ResponseModes")]
    [InlineData("Spa", "TokenEndpointAuthMethod", "private_key_jwt", "TokenEndpointAuthMethod")]
    [InlineData("Spa", "RefreshTokenAbsoluteLifetime", "30.00:00:00", "RefreshTokenAbsoluteLifetime")]
    [InlineData("Spa", "RefreshTokenIdleLifetime", "7.00:00:00", "RefreshTokenIdleLifetime")]
    [InlineData("Spa", "GrantTypes:0", "urn:ietf:params:oauth:grant-type:device_code", "GrantTypes")]
    [InlineData("Native", "TokenEndpointAuthMethod", "client_secret_basic", "TokenEndpointAuthMethod")]
    [InlineData("Service", "TokenEndpointAuthMethod", "none", "TokenEndpointAuthMethod")]
    [InlineData("Service", "GrantTypes:0", "authorization_code", "GrantTypes")]
    [InlineData("Service", "GrantTypes:0", "urn:ietf:params:oauth:grant-type:device_code", "GrantTypes")]
    public void A_setting_against_the_profile_is_a_fault_by_its_key(
        string profile,
        string name,
        string value,
        string key
    )
    {
        (string, string?)[] settings =
        [
            ("Profile", profile),
            (name, value),
            .. profile == "Fapi2" ? [("Jwks", _key.Jwks)] : Array.Empty<(string, string?)>(),
        ];

        Assert.Contains(
            ProtocolClients.Failures(settings),
            failure => failure.StartsWith($"Identity:Clients:app:{key}:", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void Fapi_without_further_words_means_pushed_requests_DPoP_ES256_and_a_key()
    {
        var client = ProtocolClients.Read(("Profile", "Fapi2"), ("Jwks", _key.Jwks));

        Assert.Equal([ClientAuthMethod.PrivateKeyJwt], client.AuthMethods);
        Assert.Equal(
            (true, true, false),
            (
                client.RequirePushedAuthorizationRequests,
                client.DpopBoundAccessTokens,
                client.TlsClientCertificateBoundAccessTokens
            )
        );
        Assert.Equal(
            ("ES256", "ES256"),
            (client.IdTokenSignedResponseAlg, client.Protocols.AuthorizationSignedResponseAlg)
        );
        Assert.True(client.AuthorizationCodeLifetime <= TimeSpan.FromSeconds(60));
    }

    [Fact]
    public void Fapi_with_certificates_needs_no_DPoP_and_nobody_has_both()
    {
        var client = ProtocolClients.Read(
            ("Profile", "Fapi2"),
            ("Jwks", _key.Jwks),
            ("TlsClientCertificateBoundAccessTokens", "true")
        );

        Assert.Equal((false, true), (client.DpopBoundAccessTokens, client.TlsClientCertificateBoundAccessTokens));
        Assert.Contains(
            ProtocolClients.Failures(
                ("Profile", "Spa"),
                ("DpopBoundAccessTokens", "true"),
                ("TlsClientCertificateBoundAccessTokens", "true")
            ),
            static failure => failure.Contains("choose one", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void A_browser_app_is_public_and_its_refresh_tokens_are_short()
    {
        var client = ProtocolClients.Read(("Profile", "Spa"), ("Scopes:0", "openid"), ("Scopes:1", "offline_access"));

        Assert.Equal([ClientAuthMethod.None], client.AuthMethods);
        Assert.True(
            client.RefreshTokenAbsoluteLifetime <= TimeSpan.FromHours(24)
                && client.RefreshTokenIdleLifetime <= client.RefreshTokenAbsoluteLifetime
        );
    }
}
