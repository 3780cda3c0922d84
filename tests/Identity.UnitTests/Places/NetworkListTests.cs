using System.Net;
using Identity.Core.Places;

namespace Identity.UnitTests.Places;

public sealed class NetworkListTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Theory]
    [InlineData("192.0.2.1", true)]
    [InlineData("::ffff:192.0.2.1", true)]
    [InlineData("192.0.2.2", false)]
    [InlineData("198.51.100.200", true)]
    [InlineData("198.51.101.1", false)]
    [InlineData("203.0.113.15", true)]
    [InlineData("203.0.113.16", false)]
    [InlineData("2001:db8:ffff::1", true)]
    [InlineData("2001:db9::1", false)]
    public void An_address_is_in_a_listed_network_or_is_not(string address, bool expected)
    {
        File.WriteAllText(_file, "# list\n\n192.0.2.1\n198.51.100.0/24 # all\n203.0.113.7/28\n2001:db8::/32\n");

        var list = NetworkList.Read(_file);

        Assert.Equal(4, list.Count);
        Assert.Equal(expected, list.Contains(IPAddress.Parse(address)));
    }

    [Theory]
    [InlineData("192.0.2.0/33")]
    [InlineData("192.0.2.0/-1")]
    [InlineData("example.org")]
    [InlineData("192.0.2.0/")]
    public void A_line_that_is_no_network_refuses_the_file_and_is_named(string line)
    {
        File.WriteAllText(_file, "192.0.2.1\n" + line + "\n");

        var refused = Assert.Throws<InvalidDataException>(() => NetworkList.Read(_file));

        Assert.Equal("line 2 is no network", refused.Message);
    }
}
