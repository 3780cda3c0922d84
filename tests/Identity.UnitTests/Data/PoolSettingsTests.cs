using Identity.Core.Data;

namespace Identity.UnitTests.Data;

public sealed class PoolSettingsTests
{
    [Fact]
    public void A_connection_goes_back_to_the_pool_without_being_reset() =>
        Assert.True(DataServices.PoolSettings("Host=db", TimeSpan.Zero).NoResetOnClose);

    [Fact]
    public void An_operator_may_have_it_reset_all_the_same() =>
        Assert.False(DataServices.PoolSettings("Host=db;No Reset On Close=false", TimeSpan.Zero).NoResetOnClose);
}
