using System.Collections.Frozen;
using System.Net;
using System.Net.Sockets;
using Identity.Core.Primitives;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Identity.Core.Places;

// Places owns where an internet address is: country, city and network, from files that the operator gives. It asks
// nobody outside, stores nothing, and judges nothing (Risk).

/// <summary>Finds the place of an address in memory. A place is never stored: it is looked up where it is shown, so it
/// is forgotten with the address.</summary>
public sealed class PlaceFinder
{
    private static readonly FrozenDictionary<string, string> NoNames = FrozenDictionary<string, string>.Empty;

    private readonly ILogger<PlaceFinder> _logger;
    private readonly IReadOnlyList<(string Setting, IWatchedFile File)> _files;
    private readonly WatchedFile<PlaceFile>? _cities;
    private readonly WatchedFile<PlaceFile>? _networks;
    private readonly WatchedFile<NetworkList>? _listed;

    public PlaceFinder(IOptions<PlaceOptions> options, ILogger<PlaceFinder> logger)
    {
        _logger = logger;
        _cities = FileOf(options.Value.CityFile, PlaceFile.Open);
        _networks = FileOf(options.Value.NetworkFile, PlaceFile.Open);
        _listed = FileOf(options.Value.ListedNetworksFile, NetworkList.Read);
        _files = [.. FilesOf()];
        Refresh();
    }

    /// <summary>The files that are set.</summary>
    public IReadOnlyList<(string Setting, IWatchedFile File)> Files => _files;

    /// <summary>Whether the operator gave a file.</summary>
    public bool HasFiles => _files.Count > 0;

    /// <summary>The files whose newest version is not in use, and why.</summary>
    public IEnumerable<(string Setting, string Fault)> Faults =>
        _files
            .Where(static file => file.File.Fault is not null)
            .Select(static file => (file.Setting, file.File.Fault!));

    /// <summary>Where an address is; null without an address, and where no file knows anything of it.</summary>
    public Place? Find(IPAddress? address)
    {
        if (address is null)
            return null;
        var plain = NetworkList.Plain(address);
        var (city, network) = (_cities?.Current?.Find(plain), _networks?.Current?.Find(plain));
        if (city is null && network is null)
            return null;
        var country = PlaceFile.Map(city, "country") ?? PlaceFile.Map(city, "registered_country");
        return new(
            PlaceFile.Text(country, "iso_code"),
            Names(country),
            Names(PlaceFile.Map(city, "city")),
            CoordinatesOf(PlaceFile.Map(city, "location")),
            PlaceFile.Number(network, "autonomous_system_number") is { } number ? $"AS{(long)number}" : Prefix(plain),
            PlaceFile.Text(network, "autonomous_system_organization")
        );
    }

    /// <summary>Whether the operator listed the network of an address as one that attacks come from.</summary>
    public bool IsListed(IPAddress? address) => address is not null && _listed?.Current?.Contains(address) is true;

    /// <summary>Reads the files that have changed since the last look.</summary>
    public void Refresh()
    {
        foreach (var (setting, file) in _files)
        {
            switch (file.Check())
            {
                case FileChange.Loaded:
                    Log.Loaded(_logger, setting, file.Description!);
                    break;
                case FileChange.Refused:
                    Log.Refused(_logger, setting, file.Fault!);
                    break;
            }
        }
    }

    /// <summary>The network of an address where nobody knows its owner: as much of it as one customer is usually
    /// given.</summary>
    public static string Prefix(IPAddress address)
    {
        var plain = NetworkList.Plain(address);
        var length = plain.AddressFamily == AddressFamily.InterNetwork ? 24 : 48;
        return new IPNetwork(NetworkList.BaseOf(plain, length), length).ToString();
    }

    private IEnumerable<(string, IWatchedFile)> FilesOf()
    {
        if (_cities is not null)
            yield return (PlaceOptions.Section + ":CityFile", _cities);
        if (_networks is not null)
            yield return (PlaceOptions.Section + ":NetworkFile", _networks);
        if (_listed is not null)
            yield return (PlaceOptions.Section + ":ListedNetworksFile", _listed);
    }

    private static WatchedFile<T>? FileOf<T>(string? path, Func<string, T> read)
        where T : class => string.IsNullOrWhiteSpace(path) ? null : new(path, read);

    private static IReadOnlyDictionary<string, string> Names(IReadOnlyDictionary<string, object>? of) =>
        PlaceFile.Map(of, "names") is { } names
            ? names
                .Where(static name => name.Value is string { Length: > 0 })
                .ToDictionary(static name => name.Key, static name => (string)name.Value, StringComparer.Ordinal)
            : NoNames;

    private static Coordinates? CoordinatesOf(IReadOnlyDictionary<string, object>? location) =>
        PlaceFile.Number(location, "latitude") is { } latitude
        && PlaceFile.Number(location, "longitude") is { } longitude
            ? new(latitude, longitude, PlaceFile.Number(location, "accuracy_radius") ?? 0)
            : null;
}
