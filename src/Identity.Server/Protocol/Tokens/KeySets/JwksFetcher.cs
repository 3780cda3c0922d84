using System.Net;
using Identity.Core.Primitives;
using Identity.Server.Protocol.Requests.Outbound;
using Microsoft.Extensions.Logging.Abstractions;

namespace Identity.Server.Protocol.Tokens.KeySets;

// KeySets owns the public keys of clients: reading, fetching and caching them.

/// <summary> Fetches a client's keys from its <c>jwks_uri</c> (RFC 7591 section 2): https (or http to this machine, in
/// Development), no redirects, no proxy, no cookies, 5 seconds, 64 KiB, and allowed addresses only.
/// </summary>
internal sealed class JwksFetcher : IDisposable
{
    private const int MaxBytes = 64 * 1024;
    private static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(5);

    private readonly HttpClient _http;
    private readonly ILogger _logger;

    public JwksFetcher(OutboundAddresses addresses, ILogger<JwksFetcher> logger)
        : this(addresses.MayConnect, logger) { }

    /// <param name="mayConnect">Which addresses may be connected to.</param>
    internal JwksFetcher(Func<IPAddress, bool> mayConnect, ILogger? logger = null)
    {
        _http = OutboundHttp.Create(mayConnect, MaxTime, MaxBytes);
        _logger = logger ?? NullLogger.Instance;
    }

    public void Dispose() => _http.Dispose();

    /// <summary>The document at the address; null if it could not be fetched or the address is not allowed.</summary>
    /// <remarks>As bytes, because JSON is UTF-8 whatever charset the answer declares.</remarks>
    public async Task<byte[]?> FetchAsync(Uri uri, CancellationToken cancellationToken)
    {
        if (!OutboundHttp.IsCallable(uri))
            return null;
        try
        {
            // Buffered completely within the two limits; exceeding them throws.
            using var response = await _http.GetAsync(uri, HttpCompletionOption.ResponseContentRead, cancellationToken);
            if (response.StatusCode == HttpStatusCode.OK)
                return await response.Content.ReadAsByteArrayAsync(cancellationToken);
            Tell(uri, $"it answered with status {(int)response.StatusCode}");
            return null;
        }
        catch (Exception failed)
            when (failed is HttpRequestException or IOException
                || failed is OperationCanceledException && !cancellationToken.IsCancellationRequested
            )
        {
            Tell(uri, OutboundFailure.WordsOf(failed));
            return null;
        }
    }

    // The origin alone: a client may have put a secret into path or query.
    private void Tell(Uri uri, string reason) => Log.NotFetched(_logger, WebOrigin.Of(uri) ?? "a host", reason);
}
