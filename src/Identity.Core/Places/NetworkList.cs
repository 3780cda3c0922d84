using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Identity.Core.Places;

/// <summary>A set of networks. A lookup takes one hash probe per prefix length in the set, regardless of the number of
/// networks.</summary>
public sealed class NetworkList
{
    private readonly Dictionary<(AddressFamily Family, int Length), HashSet<IPAddress>> _byLength = [];

    private NetworkList() { }

    /// <summary>The number of networks.</summary>
    public int Count => _byLength.Values.Sum(static networks => networks.Count);

    /// <summary>Reads a text file: one address or network per line; <c>#</c> starts a comment.</summary>
    /// <exception cref="InvalidDataException">A line is neither an address nor a network.</exception>
    public static NetworkList Read(string path)
    {
        NetworkList list = new();
        var number = 0;
        foreach (var line in File.ReadLines(path))
        {
            number++;
            var text = line.AsSpan();
            if (text.IndexOf('#') is >= 0 and var comment)
                text = text[..comment];
            if (text.Trim() is { Length: > 0 } entry && !list.TryAdd(entry))
                throw new InvalidDataException($"line {number} is no network");
        }
        return list;
    }

    /// <summary>Whether an address is in one of the networks.</summary>
    public bool Contains(IPAddress address)
    {
        var plain = Plain(address);
        foreach (var ((family, length), networks) in _byLength)
        {
            if (family == plain.AddressFamily && networks.Contains(BaseOf(plain, length)))
                return true;
        }
        return false;
    }

    /// <inheritdoc />
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"a list of {Count} networks");

    internal static IPAddress Plain(IPAddress address) =>
        address.IsIPv4MappedToIPv6 ? address.MapToIPv4()
        : address.AddressFamily == AddressFamily.InterNetworkV6 ? new IPAddress(address.GetAddressBytes())
        : address;

    /// <summary>The first address of an address's network.</summary>
    internal static IPAddress BaseOf(IPAddress address, int length)
    {
        var bytes = address.GetAddressBytes();
        for (var i = 0; i < bytes.Length; i++)
            bytes[i] &= (byte)(0xFF00 >> Math.Clamp(length - (i * 8), 0, 8));
        return new(bytes);
    }

    private bool TryAdd(ReadOnlySpan<char> entry)
    {
        var slash = entry.IndexOf('/');
        if (!IPAddress.TryParse(slash < 0 ? entry : entry[..slash], out var parsed))
            return false;
        var address = Plain(parsed);
        var bits = address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        var length = bits;
        if (
            slash >= 0
            && (
                !int.TryParse(entry[(slash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out length)
                || length > bits
            )
        )
            return false;
        if (!_byLength.TryGetValue((address.AddressFamily, length), out var networks))
            _byLength[(address.AddressFamily, length)] = networks = [];
        networks.Add(BaseOf(address, length));
        return true;
    }
}
