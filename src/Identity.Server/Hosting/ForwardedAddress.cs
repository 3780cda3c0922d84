using System.Net;
using Microsoft.AspNetCore.HttpOverrides;

namespace Identity.Server.Hosting;

/// <summary>The client's address, scheme and host from X-Forwarded-*, if the connection comes from a configured proxy;
/// otherwise those headers are ignored (BF-6, WB-8).</summary>
internal static class ForwardedAddress
{
    public static void Add(IServiceCollection services, HostingOptions options) =>
        services.Configure<ForwardedHeadersOptions>(forwarded =>
        {
            forwarded.ForwardedHeaders =
                ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost;
            forwarded.ForwardLimit = options.Proxies.Hops;
            // The framework's default lists trust loopback.
            forwarded.KnownProxies.Clear();
            forwarded.KnownIPNetworks.Clear();
            foreach (var address in options.Proxies.Addresses)
                forwarded.KnownProxies.Add(IPAddress.Parse(address));
            foreach (var network in options.Proxies.Networks)
                forwarded.KnownIPNetworks.Add(System.Net.IPNetwork.Parse(network));
        });

    public static void Use(WebApplication app)
    {
        // Before the headers of a named proxy are consumed.
        app.UseMiddleware<UnnamedProxy>();
        if (app.Services.GetRequiredService<HostingOptions>().Proxies.Any)
            app.UseForwardedHeaders();
    }
}
