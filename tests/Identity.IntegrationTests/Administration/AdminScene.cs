using System.Collections.Frozen;
using Identity.Core.Administration;
using Identity.Core.Roles;
using Identity.Core.Users;
using Identity.Testing;

namespace Identity.IntegrationTests.Administration;

/// <summary>Operators and roles for the tests of administration, over rooms without a host.</summary>
internal sealed class AdminScene(TestDatabase database) : IAsyncDisposable
{
    public Rooms Rooms { get; } = new(database);

    /// <summary>The command line, which may everything.</summary>
    public Operator Root => Rooms.Get<OperatorReader>().OfCommandLine();

    public ValueTask DisposeAsync() => Rooms.DisposeAsync();

    /// <summary>A built-in role, or any other that is everyone's.</summary>
    public async Task<Role> RoleAsync(string name) =>
        Done(await Rooms.Get<RoleDirectory>().FindAsync(Root, name, null, default));

    /// <summary>A new administrative role with these permissions; without any, a role of every app.</summary>
    public async Task<Role> NewRoleAsync(params string[] permissions) =>
        Done(
            await Rooms
                .Get<RoleStore>()
                .CreateAsync(
                    Root,
                    new($"r{Guid.NewGuid():N}", Permissions: permissions.Length > 0 ? permissions : null),
                    Rooms.Stranger,
                    default
                )
        );

    /// <summary>A new group.</summary>
    public async Task<Group> NewGroupAsync() =>
        Done(await Rooms.Get<GroupStore>().CreateAsync(Root, new($"g{Guid.NewGuid():N}"), Rooms.Stranger, default));

    /// <summary>A person with these roles.</summary>
    public async Task<UserAccount> PersonAsync(params string[] roles)
    {
        var user = await Rooms.UserAsync();
        foreach (var role in roles)
            Assert.IsType<AdminOutcome.Done>(
                await Rooms
                    .Get<RoleGrants>()
                    .GrantAsync(Root, (await RoleAsync(role)).Id, user.Id, Rooms.Stranger, default)
            );
        return user;
    }

    /// <summary>What a person may do now, having just proved who they are.</summary>
    public async Task<Operator> OperatorAsync(UserAccount user)
    {
        var actor = (await Rooms.Get<OperatorReader>().OfPersonAsync(user.Id, null, null, default))!;
        return actor with { ProvedAt = actor.ReadAt };
    }

    /// <summary>A client with these permissions.</summary>
    public static Operator Client(params AdminPermission[] permissions) =>
        new(OperatorKind.Client, "robot", permissions.ToFrozenSet());

    public static T Done<T>(AdminOutcome<T> outcome) => Assert.IsType<AdminOutcome<T>.Done>(outcome).Value;

    public static string RuleOf(AdminOutcome outcome) => Assert.IsType<AdminOutcome.Refused>(outcome).Rule;

    public static AdminOutcome ReasonOf<T>(AdminOutcome<T> outcome) =>
        Assert.IsType<AdminOutcome<T>.Failed>(outcome).Reason;
}
