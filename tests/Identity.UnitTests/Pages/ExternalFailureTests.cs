using System.Net;
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
            { OAuth("bad_verification_code"), "the provider answered with the error bad_verification_code" },
            { OAuth("{\"message\":\"ada@example.org\"}"), "the provider answered with an error" },
            {
                new AuthenticationFailureException("OAuth token endpoint failure: Status: 500;Body: secret;"),
                "the provider's token endpoint refused the code"
            },
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

    [Theory]
    [InlineData(null, true)]
    [InlineData(HttpStatusCode.ServiceUnavailable, true)]
    [InlineData(HttpStatusCode.Unauthorized, false)]
    public void An_outage_is_no_answer_or_a_broken_server(HttpStatusCode? status, bool isOutage) =>
        Assert.Equal(
            isOutage,
            ExternalFailure.IsOutage(
                new AuthenticationFailureException("x", new HttpRequestException("x", null, status))
            )
        );

    private static AuthenticationFailureException OAuth(string error)
    {
        AuthenticationFailureException failure = new($"OAuth token endpoint failure: {error};Description=secret");
        failure.Data["error"] = error;
        return failure;
    }

    private static OpenIdConnectProtocolException Protocol(string error)
    {
        OpenIdConnectProtocolException failure = new("IDX21323: Message contains error, error_description: secret");
        failure.Data["error"] = error;
        return failure;
    }
}
