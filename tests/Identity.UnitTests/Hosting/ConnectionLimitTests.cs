using Identity.Server.Hosting;

namespace Identity.UnitTests.Hosting;

public sealed class ConnectionLimitTests
{
    [Theory]
    [InlineData(1024L, null, 100, 284L)]
    [InlineData(1024L, 5000, 100, 284L)]
    [InlineData(1024L, 200, 100, 200L)]
    [InlineData(1_048_576L, null, 100, 1_047_836L)]
    [InlineData(256L, null, 100, 32L)]
    [InlineData(null, 200, 100, 200L)]
    [InlineData(null, null, 100, null)]
    public void Connections_leave_descriptors_for_everything_else(long? files, int? wanted, int pool, long? taken) =>
        Assert.Equal(taken, ConnectionLimit.Of(files, wanted, pool).Connections);

    [Fact]
    public void The_limit_of_open_files_is_read_as_the_kernel_writes_it()
    {
        string[] limits =
        [
            "Limit                     Soft Limit           Hard Limit           Units     ",
            "Max cpu time              unlimited            unlimited            seconds   ",
            "Max open files            1024                 524288               files     ",
        ];

        Assert.Equal(1024, ConnectionLimit.Parse(limits));
        Assert.Null(
            ConnectionLimit.Parse(["Max open files            unlimited            unlimited            files"])
        );
        Assert.Null(ConnectionLimit.Parse([]));
    }
}
