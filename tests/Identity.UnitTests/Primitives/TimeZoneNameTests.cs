using Identity.Core.Primitives;

namespace Identity.UnitTests.Primitives;

public sealed class TimeZoneNameTests
{
    [Theory]
    [InlineData("Europe/Berlin")]
    [InlineData("America/Argentina/Buenos_Aires")]
    [InlineData("Etc/GMT+3")]
    [InlineData("UTC")]
    public void A_name_of_the_database_is_found(string name) => Assert.Equal(name, TimeZoneName.Find(name)?.Id);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Mars/Olympus_Mons")]
    [InlineData("../../../etc/passwd")]
    [InlineData("/etc/localtime")]
    [InlineData("Europe/../Berlin")]
    [InlineData("Europe/Berlin\0")]
    [InlineData("Europe/Berlin\n")]
    [InlineData("tzdata.zi")]
    [InlineData("zone1970")]
    [InlineData("leapseconds")]
    [InlineData("Europe")]
    [InlineData("\ud800")]
    public void Anything_else_is_no_zone_and_no_error(string? name) => Assert.Null(TimeZoneName.Find(name));

    [Fact]
    public void A_name_of_any_length_is_answered_at_once() =>
        Assert.Null(TimeZoneName.Find("A/" + new string('b', 100_000)));

    [Fact]
    public void Every_zone_to_choose_from_exists()
    {
        Assert.Contains("Europe/Berlin", TimeZoneName.All);
        Assert.Equal("UTC", TimeZoneName.All[0]);
        Assert.All(TimeZoneName.All, static name => Assert.NotNull(TimeZoneName.Find(name)));
    }
}
