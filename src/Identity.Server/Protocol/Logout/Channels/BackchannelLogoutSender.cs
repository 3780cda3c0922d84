using System.Net;
using Identity.Core.Logout;
using Identity.Core.Primitives;
using Identity.Server.Protocol.Requests.Outbound;

namespace Identity.Server.Protocol.Logout.Channels;

/// <summary>Posts a logout token to a client (OpenID Connect Back-Channel Logout 1.0 section 2.5): no redirects, 5
/// seconds, an answer of at most 8 KiB, allowed addresses only.</summary>
internal sealed class BackchannelLogoutSender : ILogoutSender, IDisposable
{
    private const int MaxBytes = 8 * 1024;
    private static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(5);

    private readonly HttpClient _http;

    public BackchannelLogoutSender(OutboundAddresses addresses)
        : this(addresses.MayConnect) { }

    /// <param name="mayConnect">Which addresses may be connected to.</param>
    internal BackchannelLogoutSender(Func<IPAddress, bool> mayConnect) =>
        _http = OutboundHttp.Create(mayConnect, MaxTime, MaxBytes);

    public void Dispose() => _http.Dispose();

    public async Task<LogoutAnswer> SendAsync(Uri address, string logoutToken, CancellationToken cancellationToken)
    {
        if (!OutboundHttp.IsCallable(address))
            return new(null, "the address is neither https nor http on this machine", Reachable: false);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, address)
            {
                Content = new FormUrlEncodedContent([new("logout_token", logoutToken)]),
            };
            // Only the status counts; the body is read just far enough that the connection can be reused.
            using var response = await _http.SendAsync(
                request,
                HttpCompletionOption.ResponseContentRead,
                cancellationToken
            );
            var status = (int)response.StatusCode;
            return status is 200 or 204
                ? new(status, null, Reachable: true)
                : new(status, "the client answered with an error", Reachable: status < 500 && status != 429);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new(null, "no answer within 5 seconds", Reachable: false);
        }
        catch (Exception failed) when (failed is HttpRequestException or IOException)
        {
            return new(null, Reason(failed), Reachable: false);
        }
    }

    private static string Reason(Exception failed) =>
        failed is HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded }
            ? "its answer is longer than 8 KiB"
            : OutboundFailure.WordsOf(failed);
}
