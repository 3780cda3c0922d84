using Identity.Core.Grants;
using Identity.Testing;

namespace Identity.IntegrationTests.Protocol.Extensions.Dpop;

public sealed class ReplayGuardTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    private static readonly TimeSpan Keep = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Of_twenty_parallel_uses_through_two_guards_one_wins()
    {
        ReplayGuard[] guards = [new(fixture.Database.Database), new(fixture.Database.Database)];

        var results = await Task.WhenAll(
            Enumerable
                .Range(0, 20)
                .Select(i =>
                    Task.Run(() => guards[i % 2].TryClaimAsync("dpop", "key", "race", Keep, CancellationToken.None))
                )
        );

        Assert.Single(results, won => won);
    }

    [Fact]
    public async Task Senders_kinds_and_shifted_borders_do_not_meet()
    {
        var guard = new ReplayGuard(fixture.Database.Database);

        var results = new List<bool>();
        foreach (
            var (purpose, issuer, jti) in new[]
            {
                ("dpop", "ab", "c"),
                ("dpop", "a", "bc"),
                ("assertion", "ab", "c"),
                ("dpop", "ab", "c"),
            }
        )
            results.Add(await guard.TryClaimAsync(purpose, issuer, jti, Keep, CancellationToken.None));

        Assert.Equal([true, true, true, false], results);
    }

    [Fact]
    public async Task An_identifier_whose_time_has_passed_counts_as_unused_before_any_clean_up()
    {
        var guard = new ReplayGuard(fixture.Database.Database);
        Assert.True(await guard.TryClaimAsync("dpop", "key", "late", TimeSpan.FromSeconds(-1), CancellationToken.None));

        var again = await guard.TryClaimAsync("dpop", "key", "late", Keep, CancellationToken.None);

        Assert.True(again);
        Assert.False(await guard.TryClaimAsync("dpop", "key", "late", Keep, CancellationToken.None));
    }
}
