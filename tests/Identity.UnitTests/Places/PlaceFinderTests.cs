using System.Net;
using Identity.Core.Languages;
using Identity.Core.Places;
using Identity.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Identity.UnitTests.Places;

public sealed class PlaceFinderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("identity-places-").FullName;

    private string CityFile => Path.Combine(_folder, "city.mmdb");

    private string NetworkFile => Path.Combine(_folder, "network.mmdb");

    private static LanguageList Languages { get; } = TextCatalog.Load(new()).Languages;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("192.0.2.7", "en", "Berlin, Germany")]
    [InlineData("::ffff:192.0.2.7", "de", "Berlin, Deutschland")]
    [InlineData("192.0.2.7", "ar", "Berlin، Germany")]
    [InlineData("2001:db8:1::7", "en", "Tokyo, Japan")]
    public void An_address_has_a_place_in_the_language_of_its_reader_or_in_English(
        string address,
        string language,
        string expected
    )
    {
        PlaceFileWriter.Cities(("192.0.2.0/24", TestPlace.Berlin), ("2001:db8:1::/48", TestPlace.Tokyo)).Save(CityFile);

        var place = Finder().Find(IPAddress.Parse(address));

        Assert.Equal(expected, place?.Describe(Languages.FindOrDefault(language)));
    }

    [Fact]
    public void A_network_is_told_by_its_number_and_else_by_its_prefix()
    {
        PlaceFileWriter.Cities(("192.0.2.0/24", TestPlace.Berlin), ("198.51.100.0/24", TestPlace.Paris)).Save(CityFile);
        PlaceFileWriter.Networks(("192.0.2.0/25", 64500, "Example Net")).Save(NetworkFile);
        var finder = Finder();

        var (known, unknown) = (
            finder.Find(IPAddress.Parse("192.0.2.7")),
            finder.Find(IPAddress.Parse("198.51.100.7"))
        );

        Assert.Equal(("AS64500", "Example Net"), (known!.Network, known.NetworkName));
        Assert.Equal(("198.51.100.0/24", null), (unknown!.Network, unknown.NetworkName));
    }

    [Fact]
    public void What_no_file_knows_has_no_place()
    {
        PlaceFileWriter.Cities(("192.0.2.0/24", TestPlace.Berlin)).Save(CityFile);
        var finder = Finder();

        Assert.Null(finder.Find(IPAddress.Parse("10.0.0.1")));
        Assert.Null(finder.Find(IPAddress.IPv6Loopback));
        Assert.Null(finder.Find(null));
    }

    [Fact]
    public void A_file_that_is_exchanged_is_taken_up_and_a_broken_one_keeps_the_one_before()
    {
        PlaceFileWriter.Cities(("192.0.2.0/24", TestPlace.Berlin)).Save(CityFile);
        var finder = Finder();
        var whole = PlaceFileWriter.Cities(("192.0.2.0/24", TestPlace.Tokyo)).ToBytes();

        File.WriteAllBytes(CityFile, whole[..(whole.Length / 2)]);
        finder.Refresh();
        var (kept, fault) = (Where(finder), Assert.Single(finder.Faults));
        File.Delete(CityFile);
        finder.Refresh();
        var gone = (Where(finder), Assert.Single(finder.Faults).Fault);
        File.WriteAllBytes(CityFile, whole);
        finder.Refresh();

        Assert.Equal(("Berlin, Germany", "Identity:Places:CityFile"), (kept, fault.Setting));
        Assert.Equal(("Berlin, Germany", "there is no such file"), gone);
        Assert.Equal("Tokyo, Japan", Where(finder));
        Assert.Empty(finder.Faults);
    }

    [Fact]
    public void A_file_behind_a_link_is_taken_up_when_the_link_leads_elsewhere()
    {
        var (first, second) = (Path.Combine(_folder, "1.mmdb"), Path.Combine(_folder, "2.mmdb"));
        PlaceFileWriter.Cities(("192.0.2.0/24", TestPlace.Berlin)).Save(first);
        PlaceFileWriter.Cities(("192.0.2.0/24", TestPlace.Paris)).Save(second);
        File.SetLastWriteTimeUtc(second, File.GetLastWriteTimeUtc(first).AddMinutes(1));
        File.CreateSymbolicLink(CityFile, first);
        var finder = Finder();

        File.Delete(CityFile);
        File.CreateSymbolicLink(CityFile, second);
        finder.Refresh();

        Assert.Equal("Paris, France", Where(finder));
    }

    [Fact]
    public void A_damaged_file_gives_no_place_and_never_fails_a_request()
    {
        var whole = PlaceFileWriter.Cities(("192.0.2.0/24", TestPlace.Berlin)).ToBytes();
        var metadata = whole.AsSpan().LastIndexOf("MaxMind.com"u8) - 3;

        for (var at = 0; at < metadata; at++)
        {
            byte[] damaged = [.. whole];
            damaged[at] ^= 0xFF;
            File.WriteAllBytes(CityFile, damaged);
            // Whatever it finds, it returns.
            _ = Finder().Find(IPAddress.Parse("192.0.2.7"))?.Describe(Languages.Default);
        }
    }

    [Fact]
    public void A_distance_counts_what_neither_radius_explains()
    {
        Coordinates berlin = new(52.52, 13.40, 20),
            paris = new(48.86, 2.35, 30),
            potsdam = new(52.39, 13.06, 20);

        Assert.InRange(berlin.KilometresTo(paris), 820, 835);
        Assert.Equal(0, berlin.KilometresTo(potsdam));
        Assert.InRange(new Coordinates(0, 179, 0).KilometresTo(new(0, -179, 0)), 222, 223);
    }

    private static string? Where(PlaceFinder finder) =>
        finder.Find(IPAddress.Parse("192.0.2.7"))?.Describe(Languages.Default);

    private PlaceFinder Finder() =>
        new(
            Options.Create(
                new PlaceOptions { CityFile = CityFile, NetworkFile = File.Exists(NetworkFile) ? NetworkFile : null }
            ),
            NullLogger<PlaceFinder>.Instance
        );
}
