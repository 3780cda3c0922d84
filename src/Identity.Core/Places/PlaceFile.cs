using System.Globalization;
using System.Net;
using System.Net.Sockets;
using MaxMind.Db;

namespace Identity.Core.Places;

/// <summary>A file in the MaxMind DB format, version 2, read into memory, so that overwriting the file does not
/// affect the loaded data.</summary>
public sealed class PlaceFile
{
    private readonly Reader _reader;

    private PlaceFile(Reader reader) => _reader = reader;

    /// <summary>The type in the metadata, such as <c>GeoLite2-City</c>, and the build date.</summary>
    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{_reader.Metadata.DatabaseType}, built on {_reader.Metadata.BuildDate:yyyy-MM-dd}"
        );

    /// <summary>Opens a file.</summary>
    /// <exception cref="InvalidDataException">The file does not have this format.</exception>
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

    /// <summary>The record of an address; null if there is none or it cannot be read, so that no sign-in fails because
    /// of a file.</summary>
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

    // Offsets in a damaged file may point anywhere.
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
