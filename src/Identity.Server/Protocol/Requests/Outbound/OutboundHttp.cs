using System.Net;
using System.Net.Sockets;
using Identity.Core.Primitives;

namespace Identity.Server.Protocol.Requests.Outbound;

/// <summary> Creates the HTTP clients for addresses that clients registered: no redirects, no proxy, no cookies, limits
/// on time and size. The address is checked after DNS resolution, and the connection goes to exactly that address, so
/// that DNS rebinding gains nothing.
/// </summary>
internal static class OutboundHttp
{
    /// <summary>A client for complete answers only: more than <paramref name="mostBytes"/> bytes or a timeout
    /// throws.</summary>
    /// <param name="mayConnect">Which addresses may be connected to.</param>
    public static HttpClient Create(Func<IPAddress, bool> mayConnect, TimeSpan mostTime, int mostBytes)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            ConnectTimeout = mostTime,
            MaxResponseHeadersLength = 16,
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            ConnectCallback = (context, cancellationToken) =>
                ConnectAsync(context.DnsEndPoint, mayConnect, cancellationToken),
        };
        return new(handler) { Timeout = mostTime, MaxResponseContentBufferSize = mostBytes };
    }

    /// <summary>Whether the URI may be called at all: https, or http to loopback, which <c>mayConnect</c> then
    /// checks.</summary>
    public static bool IsCallable(Uri uri) =>
        uri.UserInfo.Length == 0
        && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback));

    private static async ValueTask<Stream> ConnectAsync(
        DnsEndPoint endpoint,
        Func<IPAddress, bool> mayConnect,
        CancellationToken cancellationToken
    )
    {
        var addresses = await Dns.GetHostAddressesAsync(endpoint.Host, cancellationToken);
        // One forbidden address among allowed ones indicates an attack, so all are refused.
        if (addresses.Length == 0 || !addresses.All(mayConnect))
            throw new HttpRequestException(OutboundFailure.NotAllowed);

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, endpoint.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (SocketException unreachable)
        {
            socket.Dispose();
            throw new HttpRequestException("The address cannot be reached.", unreachable);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
