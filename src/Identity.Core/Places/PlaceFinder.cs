using System.Collections.Frozen;
using System.Net;
using System.Net.Sockets;
using Identity.Core.Primitives;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Identity.Core.Places;

// Places owns the lookup of an internet address: country, city and network, from files of the operator. It asks no
// external service and stores nothing. Risk decides what a place means for a sign-in.

/// <summary>Finds the place of an address in memory. Places are never stored: they are looked up for display, and are
/// forgotten with the address.</summary>
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

    /// <summary>The configured files.</summary>
    public IReadOnlyList<(string Setting, IWatchedFile File)> Files => _files;

    /// <summary>Whether any file is configured.</summary>
    public bool HasFiles => _files.Count > 0;

    /// <summary>The files whose newest version is not in use, with the reason.</summary>
    public IEnumerable<(string Setting, string Fault)> Faults =>
        _files
            .Where(static file => file.File.Fault is not null)
            .Select(static file => (file.Setting, file.File.Fault!));

    /// <summary>The place of an address; null without an address, or if no file has a record of it.</summary>
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

    /// <summary>Whether the address is in the operator's list of distrusted networks.</summary>
    public bool IsListed(IPAddress? address) => address is not null && _listed?.Current?.Contains(address) is true;

    /// <summary>Loads the files that have changed since the last check.</summary>
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

    /// <summary>The prefix that stands for the network of an address if its number is unknown: the size usually
    /// assigned to one customer.</summary>
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
