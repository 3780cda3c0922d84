using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Identity.Testing;

/// <summary>Writes small files in the MaxMind DB format, version 2 (maxmind.github.io/MaxMind-DB): a binary tree over
/// the bits of an IPv6 address, in which IPv4 stands below <c>::/96</c>, then the data, then the metadata.</summary>
public sealed class PlaceFileWriter(string kind)
{
    private const int RecordBytes = 4;
    private static readonly byte[] MetadataMarker = [0xAB, 0xCD, 0xEF, .. "MaxMind.com"u8];

    private readonly List<int?[]> _nodes = [new int?[2]];
    private readonly Dictionary<(int Node, int Bit), int> _leaves = [];
    private readonly MemoryStream _data = new();

    /// <summary>A file of cities with one place a network.</summary>
    public static PlaceFileWriter Cities(params (string Network, TestPlace Place)[] places)
    {
        PlaceFileWriter writer = new("Test-City");
        foreach (var (network, place) in places)
            writer.Add(network, place.ToData());
        return writer;
    }

    /// <summary>A file of autonomous systems.</summary>
    public static PlaceFileWriter Networks(params (string Network, uint Number, string Name)[] networks)
    {
        PlaceFileWriter writer = new("Test-ASN");
        foreach (var (network, number, name) in networks)
            writer.Add(
                network,
                new() { ["autonomous_system_number"] = number, ["autonomous_system_organization"] = name }
            );
        return writer;
    }

    /// <summary>Puts data under a network such as <c>192.0.2.0/24</c>.</summary>
    public PlaceFileWriter Add(string network, Dictionary<string, object> data)
    {
        var parsed = IPNetwork.Parse(network);
        var bytes = parsed.BaseAddress.GetAddressBytes();
        var isV4 = parsed.BaseAddress.AddressFamily == AddressFamily.InterNetwork;
        byte[] bits = isV4 ? [.. new byte[12], .. bytes] : bytes;
        var length = parsed.PrefixLength + (isV4 ? 96 : 0);
        var node = 0;
        for (var i = 0; i < length - 1; i++)
            node = Child(node, Bit(bits, i));
        _leaves[(node, Bit(bits, length - 1))] = (int)_data.Length;
        WriteValue(_data, data);
        return this;
    }

    /// <summary>Puts the file where it is read, by a rename as an operator should.</summary>
    public void Save(string path)
    {
        var beside = path + ".new";
        File.WriteAllBytes(beside, ToBytes());
        File.Move(beside, path, overwrite: true);
    }

    /// <summary>The file.</summary>
    public byte[] ToBytes()
    {
        using MemoryStream file = new();
        for (var node = 0; node < _nodes.Count; node++)
        {
            for (var bit = 0; bit < 2; bit++)
                WriteBig(file, RecordOf(node, bit), RecordBytes);
        }
        file.Write(new byte[16]);
        file.Write(_data.ToArray());
        file.Write(MetadataMarker);
        WriteValue(
            file,
            new Dictionary<string, object>
            {
                ["node_count"] = (uint)_nodes.Count,
                ["record_size"] = (ushort)(RecordBytes * 8),
                ["ip_version"] = (ushort)6,
                ["database_type"] = kind,
                ["languages"] = new List<object> { "en" },
                ["binary_format_major_version"] = (ushort)2,
                ["binary_format_minor_version"] = (ushort)0,
                ["build_epoch"] = 1_790_000_000UL,
                ["description"] = new Dictionary<string, object> { ["en"] = "Written by a test" },
            }
        );
        return file.ToArray();
    }

    private ulong RecordOf(int node, int bit) =>
        _leaves.TryGetValue((node, bit), out var offset) ? (ulong)(_nodes.Count + 16 + offset)
        : _nodes[node][bit] is { } child ? (ulong)child
        : (ulong)_nodes.Count;

    private int Child(int node, int bit)
    {
        if (_nodes[node][bit] is { } known)
            return known;
        _nodes.Add(new int?[2]);
        _nodes[node][bit] = _nodes.Count - 1;
        return _nodes.Count - 1;
    }

    private static int Bit(byte[] bytes, int index) => (bytes[index / 8] >> (7 - (index % 8))) & 1;

    private static void WriteValue(Stream stream, object value)
    {
        switch (value)
        {
            case string text:
                var bytes = Encoding.UTF8.GetBytes(text);
                WriteControl(stream, 2, bytes.Length);
                stream.Write(bytes);
                break;
            case double number:
                WriteControl(stream, 3, 8);
                WriteBig(stream, BitConverter.DoubleToUInt64Bits(number), 8);
                break;
            case ushort number:
                WriteControl(stream, 5, 2);
                WriteBig(stream, number, 2);
                break;
            case uint number:
                WriteControl(stream, 6, 4);
                WriteBig(stream, number, 4);
                break;
            case ulong number:
                WriteControl(stream, 9, 8);
                WriteBig(stream, number, 8);
                break;
            case Dictionary<string, object> map:
                WriteControl(stream, 7, map.Count);
                foreach (var (key, item) in map)
                {
                    WriteValue(stream, key);
                    WriteValue(stream, item);
                }
                break;
            case List<object> list:
                WriteControl(stream, 11, list.Count);
                foreach (var item in list)
                    WriteValue(stream, item);
                break;
            default:
                throw new NotSupportedException(value.GetType().Name);
        }
    }

    // The type stands in the upper three bits, or in a byte of its own; a size above 28 follows.
    private static void WriteControl(Stream stream, int type, int size)
    {
        stream.WriteByte((byte)(((type <= 7 ? type : 0) << 5) | Math.Min(size, 29)));
        if (type > 7)
            stream.WriteByte((byte)(type - 7));
        if (size >= 29)
            stream.WriteByte((byte)(size - 29));
    }

    private static void WriteBig(Stream stream, ulong value, int length)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        stream.Write(bytes[^length..]);
    }
}

/// <summary>A place of a test.</summary>
public sealed record TestPlace(string Code, string Country, string German, string City, double North, double East)
{
    public static TestPlace Berlin { get; } = new("DE", "Germany", "Deutschland", "Berlin", 52.52, 13.40);

    public static TestPlace Paris { get; } = new("FR", "France", "Frankreich", "Paris", 48.86, 2.35);

    public static TestPlace Tokyo { get; } = new("JP", "Japan", "Japan", "Tokyo", 35.68, 139.69);

    internal Dictionary<string, object> ToData() =>
        new()
        {
            ["city"] = new Dictionary<string, object> { ["names"] = new Dictionary<string, object> { ["en"] = City } },
            ["country"] = new Dictionary<string, object>
            {
                ["iso_code"] = Code,
                ["names"] = new Dictionary<string, object> { ["en"] = Country, ["de"] = German },
            },
            ["location"] = new Dictionary<string, object>
            {
                ["latitude"] = North,
                ["longitude"] = East,
                ["accuracy_radius"] = (ushort)20,
            },
        };
}
