using System.Collections.Frozen;
using Identity.Core.Administration;
using Identity.Server.Browser;
using Identity.Server.Protocol.Clients.Certificates;
using Microsoft.Extensions.Options;

namespace Identity.Server.Hosting;

/// <summary>
/// Takes requests for the issuer's host and those listed, and no other (WB-8): an address made from a forged Host
/// header would lead people elsewhere. Probes ask by address, so health answers under any name; it says nothing that is
/// worth a name.
/// </summary>
internal sealed class AllowedHosts
{
    private readonly RequestDelegate _next;
    private readonly FrozenSet<string> _names;
    private readonly string[] _endings;

    public AllowedHosts(
        RequestDelegate next,
        HostingOptions options,
        IOptions<MutualTlsOptions> mutualTls,
        IOptions<AdminOptions> admin,
        IHostEnvironment environment
    )
    {
        _next = next;
        List<string> names = [new Uri(options.Issuer!).Host, .. options.Hosts, .. admin.Value.Hosts];
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
        )
            return _next(http);
        http.Response.StatusCode = StatusCodes.Status400BadRequest;
        return http.Response.WriteAsJsonAsync(
            new
            {
                error = "invalid_request",
                error_description = "This host name is not served here.",
                correlation_id = http.GetCorrelationId(),
            },
            http.RequestAborted
        );
    }
}
