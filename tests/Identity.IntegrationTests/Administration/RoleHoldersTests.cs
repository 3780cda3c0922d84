using Identity.Core.Administration;
using Identity.Core.Roles;
using Identity.Core.Users;
using Identity.Testing;

namespace Identity.IntegrationTests.Administration;

/// <summary>A change of an administrative role, or of a group that carries one, is a grant or a withdrawal for those
/// who hold it.</summary>
public sealed class RoleHoldersTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_role_that_somebody_holds_is_changed_and_deleted_with_the_permission_to_grant_alone(bool byGroup)
    {
        await using AdminScene scene = new(fixture.Database);
        var (held, free) = (await scene.NewRoleAsync("users.read"), await scene.NewRoleAsync("users.read"));
        await HoldAsync(scene, held, byGroup);
        var actor = AdminScene.Client(
            AdminPermission.RolesWrite,
            AdminPermission.UsersRead,
            AdminPermission.UsersErase
        );
        var roles = scene.Rooms.Get<RoleStore>();
        RoleDraft raised = new(held.Name, Permissions: ["users.read", "users.erase"]);

        AdminOutcome[] refused =
        [
            AdminScene.ReasonOf(await roles.ChangeAsync(actor, held.Id, raised, null, Rooms.Stranger, default)),
            await roles.DeleteAsync(actor, held.Id, null, Rooms.Stranger, default),
        ];
        var deleted = await roles.DeleteAsync(actor, free.Id, null, Rooms.Stranger, default);

        Assert.All(refused, static it => Assert.Equal(AdminPermission.RolesGrant.Name, AdminScene.RuleOf(it)));
        Assert.IsType<AdminOutcome.Done>(deleted);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Who_holds_a_role_is_told_when_it_allows_more_and_when_it_is_deleted(bool byGroup)
    {
        await using AdminScene scene = new(fixture.Database);
        var role = await scene.NewRoleAsync("users.read");
        var (holder, _) = await HoldAsync(scene, role, byGroup);
        var roles = scene.Rooms.Get<RoleStore>();

        await roles.ChangeAsync(
            scene.Root,
            role.Id,
            new(role.Name, Description: "Other words.", Permissions: ["users.read"]),
            null,
            Rooms.Stranger,
            default
        );
        await roles.ChangeAsync(
            scene.Root,
            role.Id,
            new(role.Name, Permissions: ["users.read", "users.erase"]),
            null,
            Rooms.Stranger,
            default
        );
        await roles.DeleteAsync(scene.Root, role.Id, null, Rooms.Stranger, default);

        Assert.Equal(
            ["admin_role_granted", "admin_role_granted", "admin_role_withdrawn"],
            (await scene.Rooms.MailsToAsync(holder.Email)).Select(static mail => mail.Kind)
        );
    }

    [Fact]
    public async Task Members_are_told_when_the_group_that_made_them_administrators_is_deleted()
    {
        await using AdminScene scene = new(fixture.Database);
        var role = await scene.NewRoleAsync("users.read");
        var (holder, group) = await HoldAsync(scene, role, byGroup: true);

        var deleted = await scene
            .Rooms.Get<GroupStore>()
            .DeleteAsync(scene.Root, group!.Id, null, Rooms.Stranger, default);

        Assert.IsType<AdminOutcome.Done>(deleted);
        var mail = (await scene.Rooms.MailsToAsync(holder.Email))[^1];
        Assert.Equal("admin_role_withdrawn", mail.Kind);
        Assert.Contains(role.Name, mail.Content.Text, StringComparison.Ordinal);
    }

    private static async Task<(UserAccount Holder, Group? Group)> HoldAsync(AdminScene scene, Role role, bool byGroup)
    {
        var holder = await scene.PersonAsync();
        if (!byGroup)
        {
            await scene.Rooms.Get<RoleGrants>().GrantAsync(scene.Root, role.Id, holder.Id, Rooms.Stranger, default);
            return (holder, null);
        }
        var group = await scene.NewGroupAsync();
        await scene.Rooms.Get<GroupMembers>().AddAsync(scene.Root, group.Id, holder.Id, Rooms.Stranger, default);
        await scene.Rooms.Get<GroupRoles>().GrantAsync(scene.Root, group.Id, role.Id, Rooms.Stranger, default);
        return (holder, group);
    }
}
