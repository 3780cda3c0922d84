using Identity.Core.Grants;
using Identity.Testing;

namespace Identity.IntegrationTests.Grants;

/// <summary>What a refresh token that comes back means, and what it ends (OA-10): a lost answer, a clumsy app, or
/// theft.</summary>
public sealed class RefreshReuseTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>, IAsyncLifetime
{
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(2);
    private readonly GrantScene _scene = new(fixture.Database);

    [Fact]
    public async Task OA_10_an_unused_successor_is_given_again_as_often_as_its_parent_comes_within_the_grace()
    {
        var first = await _scene.RedeemAsync(await _scene.PersonAsync());
        var second = await _scene.RotateAsync(first.RefreshToken!);
        await _scene.AgeAsync(first.RefreshToken!, Grace - TimeSpan.FromSeconds(10));

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(n => Task.Run(() => TryAsync(first.RefreshToken!, instance: n % 2)))
        );

        Assert.All(
            answers,
            answer => Assert.Equal(second.RefreshToken, Assert.IsType<GrantRedemption.Granted>(answer).RefreshToken)
        );
        Assert.Equal(1, await _scene.LiveLeavesAsync(first.Grant.FamilyId));
        Assert.Equal(0, await _scene.AuditAsync(first.Grant.Subject.Id, "token_reuse"));
    }

    [Fact]
    public async Task OA_10_an_unused_successor_after_the_grace_ends_the_family_without_an_alarm_and_the_person_stays()
    {
        var person = await _scene.PersonAsync();
        var (first, other) = (await _scene.RedeemAsync(person), await _scene.RedeemAsync(person));
        var second = await _scene.RotateAsync(first.RefreshToken!);
        await _scene.AgeAsync(first.RefreshToken!, Grace + TimeSpan.FromSeconds(1));

        var late = await TryAsync(first.RefreshToken!, endsSession: true);

        Assert.Equal(GrantRefusal.Reused, GrantScene.Reason(late));
        Assert.Equal(GrantRefusal.Revoked, GrantScene.Reason(await TryAsync(second.RefreshToken!)));
        Assert.Equal("successor_unclaimed", await ReasonOfFamilyAsync(first.Grant.FamilyId));
        Assert.True(await IsSignedInAsync(person));
        Assert.Equal(
            (0L, 1L),
            (
                await _scene.AuditAsync(person.UserId, "token_reuse"),
                await _scene.AuditAsync(person.UserId, "token_revoked")
            )
        );
        await _scene.RotateAsync(other.RefreshToken!);
    }

    [Fact]
    public async Task OA_10_a_used_successor_is_theft_of_the_family_and_the_browser_stays_signed_in()
    {
        var person = await _scene.PersonAsync();
        var (first, other) = (await _scene.RedeemAsync(person), await _scene.RedeemAsync(person));
        var third = await _scene.RotateAsync((await _scene.RotateAsync(first.RefreshToken!)).RefreshToken!);

        var replay = await TryAsync(first.RefreshToken!);

        Assert.Equal(GrantRefusal.Reused, GrantScene.Reason(replay));
        Assert.Equal(0, await _scene.LiveLeavesAsync(first.Grant.FamilyId));
        Assert.IsType<GrantRedemption.Refused>(await TryAsync(third.RefreshToken!));
        Assert.Equal("token_theft", await ReasonOfFamilyAsync(first.Grant.FamilyId));
        Assert.Equal(1, await _scene.AuditAsync(person.UserId, "token_reuse"));
        Assert.True(await IsSignedInAsync(person));
        Assert.Null(
            await _scene.One.Subjects.ReadAsync(person.UserId, person.SessionId, first.Grant.FamilyId, default)
        );
        await _scene.RotateAsync(other.RefreshToken!);
    }

    [Fact]
    public async Task OA_10_theft_ends_the_session_of_a_client_that_says_so_and_every_family_with_it()
    {
        var person = await _scene.PersonAsync();
        var (first, other) = (await _scene.RedeemAsync(person), await _scene.RedeemAsync(person));
        await _scene.RotateAsync((await _scene.RotateAsync(first.RefreshToken!)).RefreshToken!);

        await TryAsync(first.RefreshToken!, endsSession: true);

        Assert.False(await IsSignedInAsync(person));
        Assert.Equal(0, await _scene.LiveLeavesAsync(other.Grant.FamilyId));
        Assert.Equal(1, await _scene.AuditAsync(person.UserId, "token_reuse"));
    }

    [Fact]
    public async Task A_session_that_only_the_family_has_ends_with_it()
    {
        var person = await _scene.PersonAsync();
        var first = await _scene.RedeemAsync(person, outlives: true);
        await _scene.RotateAsync((await _scene.RotateAsync(first.RefreshToken!)).RefreshToken!);

        await TryAsync(first.RefreshToken!);

        Assert.Equal(
            1,
            await _scene.ScalarAsync<long>(
                "SELECT count(*) FROM sessions WHERE user_id = @user AND client_id IS NOT NULL AND NOT is_active",
                ("user", person.UserId)
            )
        );
        Assert.True(await IsSignedInAsync(person));
    }

    [Fact]
    public async Task A_stranger_without_the_familys_key_ends_nothing_by_an_unused_successor()
    {
        const string key = """{"jkt":"key-1"}""";
        var first = await _scene.RedeemAsync(await _scene.PersonAsync(), confirmation: key);
        var mine = GrantScene.Rotation(first.RefreshToken!) with { Confirmation = key };
        var second = Assert.IsType<GrantRedemption.Granted>(await _scene.One.Refresh.RotateAsync(mine, default));
        await _scene.AgeAsync(first.RefreshToken!, TimeSpan.FromHours(1));

        var stranger = await _scene.One.Refresh.RotateAsync(mine with { Confirmation = null }, default);

        Assert.Equal(GrantRefusal.WrongProof, GrantScene.Reason(stranger));
        Assert.IsType<GrantRedemption.Granted>(
            await _scene.One.Refresh.RotateAsync(mine with { RefreshToken = second.RefreshToken! }, default)
        );
    }

    [Fact]
    public async Task OA_10_parents_and_successors_at_once_leave_one_live_leaf_at_most_a_hundred_times()
    {
        var person = await _scene.PersonAsync();
        for (var round = 0; round < 100; round++)
        {
            var first = await _scene.RedeemAsync(person);
            var second = await _scene.RotateAsync(first.RefreshToken!);

            var answers = await Task.WhenAll(
                Enumerable
                    .Range(0, 12)
                    .Select(n =>
                        Task.Run(() =>
                            TryAsync(n % 3 == 0 ? second.RefreshToken! : first.RefreshToken!, instance: n % 2)
                        )
                    )
            );

            // The parent gives the second token or ends the family; the second gives the third. There is no fourth, and
            // no two thirds.
            var given = answers.OfType<GrantRedemption.Granted>().Select(static answer => answer.RefreshToken!);
            Assert.InRange(given.Where(token => token != second.RefreshToken).Distinct().Count(), 0, 1);
            Assert.InRange(await _scene.LiveLeavesAsync(first.Grant.FamilyId), 0, 1);
            Assert.Equal(
                3,
                (await _scene.One.Families.GenerationsAsync([first.Grant.FamilyId], 10, default))[first.Grant.FamilyId]
                    .Count()
            );
        }
        Assert.True(await IsSignedInAsync(person));
    }

    [Fact]
    public async Task RFC_9449_a_grant_with_bound_tokens_is_refreshed_with_a_proof_by_any_key_and_never_without()
    {
        // A confidential client: the grant is not bound to a key, its tokens are.
        var first = await _scene.RedeemAsync(await _scene.PersonAsync());
        var good = GrantScene.Rotation(first.RefreshToken!) with { Confirmation = """{"jkt":"key-1"}""" };
        var second = Assert.IsType<GrantRedemption.Granted>(await _scene.One.Refresh.RotateAsync(good, default));

        var bearer = await TryAsync(second.RefreshToken!);
        var otherKey = await _scene.One.Refresh.RotateAsync(
            good with
            {
                RefreshToken = second.RefreshToken!,
                Confirmation = """{"jkt":"key-2"}""",
            },
            default
        );

        Assert.Equal(GrantRefusal.WrongProof, GrantScene.Reason(bearer));
        Assert.IsType<GrantRedemption.Granted>(otherKey);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _scene.DisposeAsync();

    private Task<GrantRedemption> TryAsync(string token, bool endsSession = false, int instance = 0) =>
        _scene
            .Instances[instance]
            .Refresh.RotateAsync(
                GrantScene.Rotation(token) with
                {
                    Grace = Grace,
                    ReuseEndsSession = endsSession,
                },
                default
            );

    private Task<string?> ReasonOfFamilyAsync(Guid family) =>
        _scene.ScalarAsync<string>("SELECT revoked_reason FROM idp.token_families WHERE id = @id", ("id", family));

    private async Task<bool> IsSignedInAsync(GrantScene.Person person) =>
        await _scene.ScalarAsync<bool>("SELECT is_active FROM sessions WHERE id = @id", ("id", person.SessionId));
}
