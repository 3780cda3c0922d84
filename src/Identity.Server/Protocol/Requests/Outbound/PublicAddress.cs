using System.Net;
using System.Net.Sockets;

namespace Identity.Server.Protocol.Requests.Outbound;

// Outbound owns every call to an address that a client registered (its keys, its logout endpoint, its sector document):
// which addresses may be called, and with what limits.

/// <summary>The addresses that a client's URL may resolve to: those of the public internet (OWASP SSRF prevention;
/// registries of RFC 6890).</summary>
internal static class PublicAddress
{
    private static readonly IPNetwork[] Special =
    [
        .. new[]
        {
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/3",
            "2001::/23",
            "2001:db8::/32",
            "2002::/16",
            "3fff::/20",
        }.Select(IPNetwork.Parse),
    ];

    private static readonly IPNetwork GlobalUnicast = IPNetwork.Parse("2000::/3");

    /// <summary>Whether the address is public. An IPv4 address mapped into IPv6 is checked as IPv4; addresses that
    /// embed one for tunnels (6to4, Teredo, NAT64) are refused.</summary>
    public static bool IsPublic(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return (plain.AddressFamily == AddressFamily.InterNetwork || GlobalUnicast.Contains(plain))
            && !Special.Any(network => network.Contains(plain));
    }
}
