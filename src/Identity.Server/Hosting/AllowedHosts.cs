using System.Collections.Frozen;
using Identity.Core.Administration;
using Identity.Server.Browser;
using Identity.Server.Protocol.Clients.Certificates;
using Microsoft.Extensions.Options;

namespace Identity.Server.Hosting;

/// <summary> Accepts requests only for the issuer's host and the listed ones (WB-8): an address built from a forged
/// Host header would lead people elsewhere. The answer names both, so that a wrong setting is noticed at once. Probes
/// use IP addresses, so health answers under any name, and so do the assets of the error page; neither contains
/// anything confidential.
/// </summary>
internal sealed class AllowedHosts
{
    private readonly RequestDelegate _next;
    private readonly ILogger<AllowedHosts> _logger;
    private readonly Uri _issuer;
    private readonly FrozenSet<string> _names;
    private readonly string[] _endings;
    private int _warned;

    public AllowedHosts(
        RequestDelegate next,
        HostingOptions options,
        IOptions<MutualTlsOptions> mutualTls,
        IOptions<AdminOptions> admin,
        IHostEnvironment environment,
        ILogger<AllowedHosts> logger
    )
    {
        _next = next;
        _logger = logger;
        _issuer = new(options.Issuer!);
        List<string> names = [_issuer.Host, .. options.Hosts, .. admin.Value.Hosts];
        if (mutualTls.Value.BaseUri is { } second)
            names.Add(second.Host);
        if (environment.IsDevelopment())
            names.AddRange(["localhost", "127.0.0.1", "[::1]"]);
        _endings =
        [
            .. names
                .Where(static name => name.StartsWith("*.", StringComparison.Ordinal))
                .Select(static name => name[1..]),
        ];
        _names = names.ToFrozenSet(StringComparer.OrdinalIgnoreCase);
    }

    public Task InvokeAsync(HttpContext http)
    {
        var host = http.Request.Host.Host;
        if (
            _names.Contains(host)
            || _endings.Any(ending => host.EndsWith(ending, StringComparison.OrdinalIgnoreCase))
            || http.Request.Path.StartsWithSegments("/health")
            || http.Request.Path.StartsWithSegments("/assets")
            || http.Features.Get<FailedRequest>() is not null
        )
            return _next(http);
        if (Interlocked.Exchange(ref _warned, 1) == 0)
            Log.HostNotServed(_logger, host, _issuer);
        http.Features.Set(new UnservedHost(host, _issuer));
        http.Response.StatusCode = StatusCodes.Status400BadRequest;
        return Task.CompletedTask;
    }
}
