using System.Net;
using Microsoft.Extensions.Options;

namespace Identity.Server.Hosting;

/// <summary>Logs one warning when forwarded headers come from an address that <c>Identity:Proxies</c> does not name.
/// They are ignored, so everybody behind that proxy shares its address: one person's failed attempts slow down all.
/// One warning for each start, because anybody can send these headers.</summary>
internal sealed class UnnamedProxy(
    RequestDelegate next,
    IOptions<ForwardedHeadersOptions> options,
    ILogger<UnnamedProxy> logger
)
{
    private readonly ForwardedHeadersOptions _options = options.Value;
    private int _warned;

    public Task InvokeAsync(HttpContext http)
    {
        if (
            Volatile.Read(ref _warned) == 0
            && IsForwarded(http.Request.Headers)
            && !IsNamed(http.Connection.RemoteIpAddress)
            && Interlocked.Exchange(ref _warned, 1) == 0
        )
            Log.ProxyNotNamed(logger, http.Connection.RemoteIpAddress?.ToString() ?? "an unknown address");
        return next(http);
    }

    private bool IsForwarded(IHeaderDictionary headers) =>
        headers.ContainsKey(_options.ForwardedForHeaderName) || headers.ContainsKey(_options.ForwardedProtoHeaderName);

    private bool IsNamed(IPAddress? peer)
    {
        // A listener on both families has IPv4 addresses in IPv6 form; the framework compares them in IPv4 form, too.
        var address = peer is { IsIPv4MappedToIPv6: true } ? peer.MapToIPv4() : peer;
        return address is not null
            && (
                _options.KnownProxies.Contains(address)
                || _options.KnownIPNetworks.Any(network => network.Contains(address))
            );
    }
}
