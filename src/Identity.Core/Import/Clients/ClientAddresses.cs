using Identity.Core.Clients;

namespace Identity.Core.Import.Clients;

/// <summary>What can be concluded from a client's addresses.</summary>
internal static class ClientAddresses
{
    /// <summary>The addresses that can be registered here, where addresses are compared exactly; the others become
    /// notes.</summary>
    public static List<string> Whole(IEnumerable<string> addresses, string setting, List<string> notes)
    {
        List<string> whole = [];
        foreach (var address in addresses.Distinct(StringComparer.Ordinal))
        {
            if (address.Contains('*', StringComparison.Ordinal))
                notes.Add($"{setting} {address}: wildcards are not supported; register each address.");
            else
                whole.Add(address);
        }
        return whole;
    }

    /// <summary>A public client is an installed app if it has a private-scheme or loopback address, otherwise a
    /// single-page app.</summary>
    public static ClientProfile ProfileOf(bool isPublic, bool hasPeople, IReadOnlyList<string> redirects)
    {
        if (!hasPeople)
            return ClientProfile.Service;
        if (!isPublic)
            return ClientProfile.Web;
        return redirects.Any(static address =>
            !Uri.TryCreate(address, UriKind.Absolute, out var uri)
            || uri.Scheme is not ("http" or "https")
            || uri is { Scheme: "http", IsLoopback: true }
        )
            ? ClientProfile.Native
            : ClientProfile.Spa;
    }
}
