using System.Net;
using System.Text.RegularExpressions;
using Identity.Core.Primitives;
using Microsoft.AspNetCore.Authentication;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Identity.Server.Pages.External;

/// <summary>Says in words why a sign-in by another provider failed: what an operator needs to mend it. Of what the
/// provider or the browser sent, only the code of an error is repeated (RFC 6749 section 5.2), for descriptions name
/// people.</summary>
internal static partial class ExternalFailure
{
    /// <summary>How the framework begins its report of a refused code.</summary>
    private const string TokenFailure = "OAuth token endpoint failure";

    /// <summary>The reason, as the end of a sentence.</summary>
    public static string WordsOf(Exception? failure)
    {
        for (var cause = failure; cause is not null; cause = cause.InnerException)
        {
            if (Name(cause) is { } words)
                return words;
        }
        return failure is null
            ? "the answer has no reason"
            : "the call to the provider failed: " + OutboundFailure.WordsOf(failure);
    }

    /// <summary>Whether the provider did not answer, or answered that it is out of order: then later or another way
    /// helps.</summary>
    public static bool IsOutage(Exception? failure)
    {
        for (var cause = failure; cause is not null; cause = cause.InnerException)
        {
            if (
                cause
                is OperationCanceledException
                    or HttpRequestException { StatusCode: null or >= HttpStatusCode.InternalServerError }
            )
                return true;
        }
        return false;
    }

    private static string? Name(Exception failure) =>
        failure switch
        {
            OpenIdConnectProtocolInvalidNonceException => "the nonce of the ID token is of another journey",
            OpenIdConnectProtocolException => ErrorOf(failure) is { } error
                ? $"the provider answered with the error {error}"
                : WithCode("the answer of the provider breaks OpenID Connect", failure),
            SecurityTokenSignatureKeyNotFoundException => "no published key of the provider verifies the ID token",
            SecurityTokenInvalidSignatureException => WithCode("the signature of the ID token is wrong", failure),
            SecurityTokenInvalidIssuerException => "the ID token names another issuer than Authority",
            SecurityTokenInvalidAudienceException => "the ID token is not for this ClientId",
            SecurityTokenExpiredException
            or SecurityTokenNotYetValidException
            or SecurityTokenInvalidLifetimeException =>
                "the ID token is not valid at this time; are both clocks right?",
            SecurityTokenException or SecurityTokenArgumentException => WithCode("the ID token was refused", failure),
            // An error of OAuth 2.0: the message repeats what the provider said, up to its whole answer.
            AuthenticationFailureException when failure.Data.Contains("error") => ErrorOf(failure) is { } error
                ? $"the provider answered with the error {error}"
                : "the provider answered with an error",
            AuthenticationFailureException { InnerException: null }
                when failure.Message.StartsWith(TokenFailure, StringComparison.Ordinal) =>
                "the provider's token endpoint refused the code",
            // The framework's own sentences about state and correlation: constants.
            AuthenticationFailureException { InnerException: null } => failure.Message.TrimEnd('.'),
            _ => null,
        };

    private static string? ErrorOf(Exception failure) =>
        failure.Data["error"] is string error && ErrorCode().IsMatch(error) ? error : null;

    // The number under which the library documents what it found, such as IDX10501.
    private static string WithCode(string words, Exception failure) =>
        LibraryCode().Match(failure.Message) is { Success: true, Value: var code } ? $"{words} ({code})" : words;

    [GeneratedRegex(@"^[A-Za-z0-9_.-]{1,64}\z")]
    private static partial Regex ErrorCode();

    [GeneratedRegex(@"\bIDX[0-9]{5}\b")]
    private static partial Regex LibraryCode();
}
