using System.Net;
using System.Net.Sockets;

namespace Identity.Server.Protocol.ClientAuthentication;

// ClientAuthentication owns how a client proves who it is by a key of its own, and how its keys are fetched.

/// <summary>
/// Fetches a client's keys from its <c>jwks_uri</c> (RFC 7591 section 2): https only, no redirect, no proxy, no cookie, 5 seconds, 64 KiB.
/// The address is judged after DNS resolution and the very address judged is connected to, so a name that resolves differently the second time gains nothing.
/// </summary>
internal sealed class JwksFetcher : IDisposable
{
    private const int MostBytes = 64 * 1024;
    private static readonly TimeSpan MostTime = TimeSpan.FromSeconds(5);

    private readonly HttpClient _http;

    public JwksFetcher() : this(PublicAddress.IsPublic) { }

    /// <param name="mayConnect">Which addresses may be connected to.</param>
    internal JwksFetcher(Func<IPAddress, bool> mayConnect)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            ConnectTimeout = MostTime,
            MaxResponseHeadersLength = 16,
            ConnectCallback = (context, cancellationToken) => ConnectAsync(context.DnsEndPoint, mayConnect, cancellationToken),
        };
        _http = new(handler) { Timeout = MostTime, MaxResponseContentBufferSize = MostBytes };
    }

    public void Dispose() => _http.Dispose();

    /// <summary>The document at the address; null when it may not or could not be had.</summary>
    public async Task<string?> FetchAsync(Uri uri, CancellationToken cancellationToken)
    {
        if (uri.Scheme != Uri.UriSchemeHttps || uri.UserInfo.Length > 0)
            return null;
        try
        {
            // Buffered whole under the two limits; more than that throws.
            using var response = await _http.GetAsync(uri, HttpCompletionOption.ResponseContentRead, cancellationToken);
            return response.StatusCode == HttpStatusCode.OK ? await response.Content.ReadAsStringAsync(cancellationToken) : null;
        }
        catch (Exception failed) when (failed is HttpRequestException or IOException || failed is OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private static async ValueTask<Stream> ConnectAsync(DnsEndPoint endpoint, Func<IPAddress, bool> mayConnect, CancellationToken cancellationToken)
    {
        var addresses = await Dns.GetHostAddressesAsync(endpoint.Host, cancellationToken);
        // One bad address among good ones is a sign of an attack, not of a choice.
        if (addresses.Length == 0 || !addresses.All(mayConnect))
            throw new HttpRequestException("The address is not public.");

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
