using System.Net;
using System.Net.Sockets;
using Identity.Core.Primitives;

namespace Identity.Server.Protocol.Requests.Outbound;

/// <summary>
/// Makes the HTTP clients for addresses that a client named: no redirect, no proxy, no cookie, limits on time and size.
/// The address is judged after DNS resolution and the very address judged is connected to, so a name that resolves
/// differently the second time gains nothing.
/// </summary>
internal static class OutboundHttp
{
    /// <summary>A client that answers whole or not at all: more than <paramref name="mostBytes"/> or a longer wait
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

    /// <summary>Whether the URI is one to call at all: https, or http to this machine, which <c>mayConnect</c> then
    /// judges.</summary>
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
        // One bad address among good ones is a sign of an attack, not of a choice.
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
