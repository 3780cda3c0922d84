using System.Buffers.Text;
using System.Text.Json;
using Identity.Server.Protocol.Tokens.Jose;

namespace Identity.UnitTests.Protocol.Tokens.Jose;

public sealed class EncryptedJwtTests
{
    [Fact]
    public void The_key_agreement_is_that_of_RFC_7518_appendix_C()
    {
        byte[] agreed =
        [
            158,
            86,
            217,
            29,
            129,
            113,
            53,
            211,
            114,
            131,
            66,
            131,
            191,
            132,
            38,
            156,
            251,
            49,
            110,
            163,
            218,
            128,
            106,
            72,
            246,
            218,
            167,
            121,
            140,
            254,
            144,
            196,
        ];

        Assert.Equal(
            "VqqN6vgjbSBcIijNcacQGg",
            Base64Url.EncodeToString(EncryptedJwt.Derive(agreed, "A128GCM", "Alice", "Bob"))
        );
    }

    [Theory]
    [InlineData("RSA-OAEP-256", """{"kty":"RSA","n":"AQAB","e":"AQAB"}""")]
    [InlineData("RSA-OAEP-256", """{"kty":"EC","crv":"P-256","x":"AQAB","y":"AQAB"}""")]
    [InlineData("RSA-OAEP-256", """{"kty":"RSA","n":"not base64url!","e":"AQAB"}""")]
    [InlineData(
        "ECDH-ES",
        """{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","""
            + """ "y":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"}"""
    )]
    [InlineData("ECDH-ES", """{"kty":"EC","crv":"secp256k1","x":"AQAB","y":"AQAB"}""")]
    [InlineData("dir", """{"kty":"oct","k":"AQAB"}""")]
    public void A_key_that_does_not_fit_closes_nothing(string algorithm, string jwk) =>
        Assert.Null(EncryptedJwt.Encrypt(JsonElement.Parse(jwk), algorithm, "A256GCM", "a.b.c"));
}
