using Identity.Core.Passwords;
using Identity.Testing;
using Microsoft.Extensions.Options;

namespace Identity.IntegrationTests.Users;

public sealed class HashCostMonitorTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    [Fact]
    public async Task EN_2_the_highest_cost_of_a_stored_hash_is_read_from_the_database()
    {
        await using var rooms = new Rooms(fixture.Database, (TestPasswords.CostKey, "12"));
        var hasher = rooms.Get<PasswordHasher>();
        var monitor = rooms.HostedServices.OfType<HashCostMonitor>().Single();
        await monitor.ReadAsync(default);
        var empty = hasher.ComparisonCost;
        var user = await rooms.UserAsync();
        var costlier = new PasswordHasher(Options.Create(new PasswordOptions { HashCost = 13 }));
        await fixture.Database.ExecuteAsync(
            "UPDATE users SET password_hash = @hash WHERE id = @id",
            ("id", user.Id),
            ("hash", costlier.Hash(Rooms.Typed(Rooms.Password)).Value)
        );

        await monitor.ReadAsync(default);
        var raised = hasher.ComparisonCost;
        await fixture.Database.ExecuteAsync(
            "UPDATE users SET password_hash = 'imported' WHERE id = @id",
            ("id", user.Id)
        );
        await monitor.ReadAsync(default);

        Assert.Equal((12, 13, 12), (empty, raised, hasher.ComparisonCost));
    }
}
