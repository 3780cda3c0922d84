using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.Json;
using Identity.Core.Primitives;

namespace Identity.UnitTests.Primitives;

public sealed class OutboundFailureTests
{
    public static TheoryData<Exception, string> Failures =>
        new()
        {
            { new TaskCanceledException(), "it did not answer in time" },
            { new HttpRequestException(OutboundFailure.NotAllowed), "its address is not allowed" },
            {
                new HttpRequestException("x", new SocketException((int)SocketError.HostNotFound)),
                "its name cannot be resolved"
            },
            { new HttpRequestException(HttpRequestError.NameResolutionError), "its name cannot be resolved" },
            {
                new HttpRequestException("x", new SocketException((int)SocketError.ConnectionRefused)),
                "it cannot be reached"
            },
            {
                new InvalidOperationException("x", new IOException("y", new HttpRequestException("z"))),
                "it cannot be reached"
            },
            {
                new HttpRequestException("x", new AuthenticationException("secret")),
                "its certificate was not accepted"
            },
            { new HttpRequestException("x", null, HttpStatusCode.BadGateway), "it answered with status 502" },
            { new HttpRequestException(HttpRequestError.ConfigurationLimitExceeded), "its answer is too long" },
            { new HttpRequestException(HttpRequestError.ResponseEnded), "its answer is not HTTP" },
            { new JsonException("secret"), "its answer is not JSON" },
            { new IOException("secret"), "the connection broke" },
            { new InvalidOperationException("secret"), "it cannot be reached" },
        };

    [Theory]
    [MemberData(nameof(Failures))]
    public void A_failed_call_is_told_in_words_of_people(Exception failure, string words) =>
        Assert.StartsWith(words, OutboundFailure.WordsOf(failure), StringComparison.Ordinal);
}
