using Identity.Server.Pages.External;
using Microsoft.AspNetCore.Authentication;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Identity.UnitTests.Pages;

public sealed class ExternalFailureTests
{
    public static TheoryData<Exception?, string> Failures =>
        new()
        {
            { null, "the answer has no reason" },
            { Protocol("invalid_client"), "the provider answered with the error invalid_client" },
            { Protocol("<b>\nada@example.org"), "the answer of the provider breaks OpenID Connect (IDX21323)" },
            {
                new OpenIdConnectProtocolInvalidNonceException("IDX21323: secret"),
                "the nonce of the ID token is of another journey"
            },
            {
                new SecurityTokenSignatureKeyNotFoundException("IDX10503: secret"),
                "no published key of the provider verifies the ID token"
            },
            {
                new SecurityTokenInvalidSignatureException("IDX10511: secret"),
                "the signature of the ID token is wrong (IDX10511)"
            },
            { new SecurityTokenInvalidIssuerException("secret"), "the ID token names another issuer than Authority" },
            { new SecurityTokenInvalidAudienceException("secret"), "the ID token is not for this ClientId" },
            {
                new SecurityTokenExpiredException("secret"),
                "the ID token is not valid at this time; are both clocks right?"
            },
            { new SecurityTokenMalformedException("IDX14100: secret"), "the ID token was refused (IDX14100)" },
            { new AuthenticationFailureException("Correlation failed."), "Correlation failed" },
            {
                new AuthenticationFailureException("x", new HttpRequestException(HttpRequestError.ResponseEnded)),
                "the call to the provider failed: its answer is not HTTP"
            },
            {
                new InvalidOperationException("IDX20803: secret", new IOException("secret")),
                "the call to the provider failed: the connection broke"
            },
        };

    [Theory]
    [MemberData(nameof(Failures))]
    public void An_operator_reads_what_to_mend_and_nothing_of_the_other_side(Exception? failure, string words) =>
        Assert.Equal(words, ExternalFailure.WordsOf(failure));

    private static OpenIdConnectProtocolException Protocol(string error)
    {
        OpenIdConnectProtocolException failure = new("IDX21323: Message contains error, error_description: secret");
        failure.Data["error"] = error;
        return failure;
    }
}
