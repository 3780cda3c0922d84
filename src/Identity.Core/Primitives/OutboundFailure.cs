using System.Net.Http;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.Json;

namespace Identity.Core.Primitives;

/// <summary>Says in words why a call to another server failed: for the log, ledgers and operators. The words are ours,
/// and repeat nothing of what the other side sent or of the address that was called.</summary>
public static class OutboundFailure
{
    /// <summary>The message of the exception for an address that may not be connected to.</summary>
    public const string NotAllowed = "The address is not public.";

    /// <summary>What went wrong, as the end of a sentence about the other server.</summary>
    public static string WordsOf(Exception failure)
    {
        for (var cause = failure; cause is not null; cause = cause.InnerException)
        {
            if (Name(cause) is { } words)
                return words;
        }
        return "it cannot be reached";
    }

    private static string? Name(Exception failure) =>
        failure switch
        {
            OperationCanceledException or TimeoutException => "it did not answer in time",
            AuthenticationException => "its certificate was not accepted",
            JsonException => "its answer is not JSON",
            SocketException
            {
                SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData
            } => "its name cannot be resolved",
            HttpRequestException { Message: NotAllowed } =>
                "its address is not allowed (Identity:Outbound:AllowedNetworks)",
            HttpRequestException { StatusCode: { } status } => $"it answered with status {(int)status}",
            HttpRequestException http => Name(http.HttpRequestError),
            IOException { InnerException: null or SocketException } => "the connection broke",
            _ => null,
        };

    private static string? Name(HttpRequestError error) =>
        error switch
        {
            HttpRequestError.NameResolutionError => "its name cannot be resolved",
            HttpRequestError.SecureConnectionError => "its certificate was not accepted",
            HttpRequestError.ConfigurationLimitExceeded => "its answer is too long",
            HttpRequestError.InvalidResponse or HttpRequestError.ResponseEnded => "its answer is not HTTP",
            _ => null,
        };
}
