using System.Globalization;
using System.Net;
using System.Net.Sockets;
using MaxMind.Db;

namespace Identity.Core.Places;

/// <summary>A file in the MaxMind DB format, version 2, read into memory: whoever writes over it changes nothing of
/// what is in use.</summary>
public sealed class PlaceFile
{
    private readonly Reader _reader;

    private PlaceFile(Reader reader) => _reader = reader;

    /// <summary>The kind that the file says it is, such as <c>GeoLite2-City</c>, and when its maker built it.</summary>
    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{_reader.Metadata.DatabaseType}, built on {_reader.Metadata.BuildDate:yyyy-MM-dd}"
        );

    /// <summary>Opens a file.</summary>
    /// <exception cref="InvalidDataException">It is none in this format.</exception>
    public static PlaceFile Open(string path)
    {
        try
        {
            return new(new Reader(path, FileAccessMode.Memory));
        }
        catch (Exception broken) when (IsBroken(broken))
        {
            throw new InvalidDataException("it is no whole MaxMind DB file", broken);
        }
    }

    /// <summary>What the file has of an address; null when it has nothing, or what it has cannot be read: no sign-in
    /// fails for a file.</summary>
    internal IReadOnlyDictionary<string, object>? Find(IPAddress address)
    {
        if (address.AddressFamily == AddressFamily.InterNetworkV6 && _reader.Metadata.IPVersion == 4)
            return null;
        try
        {
            return _reader.Find<Dictionary<string, object>>(address);
        }
        catch (Exception broken) when (IsBroken(broken))
        {
            return null;
        }
    }

    internal static IReadOnlyDictionary<string, object>? Map(IReadOnlyDictionary<string, object>? from, string key) =>
        from?.GetValueOrDefault(key) as IReadOnlyDictionary<string, object>;

    internal static string? Text(IReadOnlyDictionary<string, object>? from, string key) =>
        from?.GetValueOrDefault(key) as string;

    internal static double? Number(IReadOnlyDictionary<string, object>? from, string key) =>
        from?.GetValueOrDefault(key) is IConvertible and not string and not bool
            ? Convert.ToDouble(from[key], CultureInfo.InvariantCulture)
            : null;

    // A damaged file leads anywhere within itself.
    private static bool IsBroken(Exception exception) =>
        exception
            is InvalidDatabaseException
                or DeserializationException
                or ArgumentException
                or IndexOutOfRangeException
                or InvalidCastException
                or OverflowException
                or NotSupportedException;
}
