using Identity.Core.Administration;
using Identity.Core.People;
using Identity.Core.Privacy;
using Identity.Core.Roles;
using Identity.Testing;

namespace Identity.IntegrationTests.Administration;

/// <summary>Somebody can always administer, whatever is withdrawn at the same moment.</summary>
public sealed class LastAdministratorTests : IAsyncLifetime
{
    private const int Rounds = 50;

    private TestDatabase _database = null!;

    public async Task InitializeAsync() => _database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Fact]
    public async Task The_last_administrator_stays_whichever_way_they_would_go()
    {
        await using AdminScene scene = new(_database);
        var (admin, group) = (await scene.RoleAsync(AdminRole.Admin), await scene.NewGroupAsync());
        var direct = await scene.PersonAsync(AdminRole.Admin);
        var (grants, roles, members) = (
            scene.Rooms.Get<RoleGrants>(),
            scene.Rooms.Get<GroupRoles>(),
            scene.Rooms.Get<GroupMembers>()
        );

        var last = await grants.WithdrawAsync(scene.Root, admin.Id, direct.Id, Rooms.Stranger, default);
        var byGroup = await scene.PersonAsync();
        await members.AddAsync(scene.Root, group.Id, byGroup.Id, Rooms.Stranger, default);
        await roles.GrantAsync(scene.Root, group.Id, admin.Id, Rooms.Stranger, default);
        var oneOfTwo = await grants.WithdrawAsync(scene.Root, admin.Id, direct.Id, Rooms.Stranger, default);
        AdminOutcome[] lastByGroup =
        [
            await members.RemoveAsync(scene.Root, group.Id, byGroup.Id, Rooms.Stranger, default),
            await roles.WithdrawAsync(scene.Root, group.Id, admin.Id, Rooms.Stranger, default),
            await scene.Rooms.Get<GroupStore>().DeleteAsync(scene.Root, group.Id, null, Rooms.Stranger, default),
            (
                await scene.Rooms.Db.InTransactionAsync(
                    (transaction, cancel) => AdminRules.NotLastAdministratorAsync(transaction, byGroup.Id, cancel),
                    default
                )
            )!,
        ];

        var erased = await scene.Rooms.Get<AccountEraser>().EraseAsync(scene.Rooms.Db, byGroup.Id);

        Assert.False(erased);
        Assert.True(await scene.Rooms.Get<AccountEraser>().IsLastAdministratorAsync(byGroup.Id, default));
        Assert.Equal(AdminRule.LastAdministrator, AdminScene.RuleOf(last));
        Assert.IsType<AdminOutcome.Done>(oneOfTwo);
        Assert.All(
            lastByGroup,
            static outcome => Assert.Equal(AdminRule.LastAdministrator, AdminScene.RuleOf(outcome))
        );
    }

    [Fact]
    public async Task Whoever_was_to_leave_on_a_day_and_is_the_last_administrator_by_then_stays_until_there_is_another()
    {
        await using AdminScene scene = new(_database);
        var leaving = await scene.PersonAsync(AdminRole.Admin);
        var schedule = scene.Rooms.Get<DeactivationSchedule>();
        await DueAsync(leaving.Id);

        await schedule.RunDueAsync(default);
        var alone = await IsDisabledAsync(leaving.Id);
        await scene.PersonAsync(AdminRole.Admin);
        await DueAsync(leaving.Id);
        await schedule.RunDueAsync(default);

        Assert.False(alone);
        Assert.True(await IsDisabledAsync(leaving.Id));
        Assert.Null(await schedule.FindAsync(leaving.Id, default));
    }

    [Fact]
    public async Task Of_two_administrators_who_withdraw_each_other_one_stays()
    {
        await using AdminScene scene = new(_database);
        var admin = await scene.RoleAsync(AdminRole.Admin);
        var grants = scene.Rooms.Get<RoleGrants>();
        var (one, other) = (await scene.PersonAsync(AdminRole.Admin), await scene.PersonAsync(AdminRole.Admin));
        var (first, second) = (await scene.OperatorAsync(one), await scene.OperatorAsync(other));

        for (var round = 0; round < Rounds; round++)
        {
            var outcomes = await Task.WhenAll(
                Task.Run(() => grants.WithdrawAsync(first, admin.Id, other.Id, Rooms.Stranger, default)),
                Task.Run(() => grants.WithdrawAsync(second, admin.Id, one.Id, Rooms.Stranger, default))
            );

            Assert.Single(outcomes.OfType<AdminOutcome.Done>());
            Assert.Equal(
                AdminRule.LastAdministrator,
                AdminScene.RuleOf(Assert.Single(outcomes.OfType<AdminOutcome.Refused>()))
            );
            await grants.GrantAsync(scene.Root, admin.Id, one.Id, Rooms.Stranger, default);
            await grants.GrantAsync(scene.Root, admin.Id, other.Id, Rooms.Stranger, default);
        }
    }

    private Task DueAsync(Guid userId) =>
        _database.ExecuteAsync(
            """
            INSERT INTO idp.scheduled_deactivations (user_id, deactivate_at) VALUES (@id, now())
            ON CONFLICT (user_id) DO UPDATE SET deactivate_at = now()
            """,
            ("id", userId)
        );

    private Task<bool> IsDisabledAsync(Guid userId) =>
        _database.ScalarAsync<bool>("SELECT is_disabled FROM users WHERE id = @id", ("id", userId));
}
