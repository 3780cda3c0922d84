using System.Collections.Frozen;
using System.Text.Json;
using Identity.Core.Administration;
using Identity.Core.Attributes;
using Identity.Core.Profile;
using Identity.Core.Roles;
using Identity.IntegrationTests.Admin;

namespace Identity.IntegrationTests.Administration;

/// <summary>Each action on roles, groups, attributes and claims, by every built-in role and by nobody in particular:
/// allowed or refused as its permission says, at the service that every face calls.</summary>
public sealed class ActionPermissionTests(ConsoleFixture fixture) : IClassFixture<ConsoleFixture>
{
    private static readonly string[] Subjects = ["role.", "group.", "attribute.", "claim_mapping."];
    private static readonly Guid Nobody = Guid.NewGuid();

    public static IEnumerable<object?[]> Table =>
        from action in AdminActions.All
        where Subjects.Any(action.Name.StartsWith)
        from role in AdminRole.Names.Append(null)
        select new object?[] { action.Name, role };

    [Theory]
    [MemberData(nameof(Table))]
    public async Task An_action_is_allowed_by_its_permission_alone(string name, string? role)
    {
        var action = AdminActions.All.Single(action => action.Name == name);
        Operator actor = new(
            OperatorKind.Client,
            "robot",
            role is null ? FrozenSet<AdminPermission>.Empty : AdminRole.PermissionsOf(role, [])
        );

        var outcome = await PerformAsync(name, actor);

        // What is allowed then finds nothing to act on, or a draft that it cannot take.
        var rule = (outcome as AdminOutcome.Refused)?.Rule;
        Assert.Equal(actor.May(action.Permission) ? null : action.Permission.Name, rule);
    }

    private Task<AdminOutcome> PerformAsync(string name, Operator actor) =>
        name switch
        {
            "role.list" => Reason(fixture.Service<RoleDirectory>().ListAsync(actor, null, 1, default)),
            "role.create" => Reason(Roles.CreateAsync(actor, new(""), Rooms.Stranger, default)),
            "role.change" => Reason(Roles.ChangeAsync(actor, Nobody, new("x"), null, Rooms.Stranger, default)),
            "role.delete" => Roles.DeleteAsync(actor, Nobody, null, Rooms.Stranger, default),
            "role.grant" => fixture.Service<RoleGrants>().GrantAsync(actor, Nobody, Nobody, Rooms.Stranger, default),
            "role.withdraw" => fixture
                .Service<RoleGrants>()
                .WithdrawAsync(actor, Nobody, Nobody, Rooms.Stranger, default),
            "group.list" => Reason(fixture.Service<GroupDirectory>().ListAsync(actor, null, 1, default)),
            "group.create" => Reason(Groups.CreateAsync(actor, new(""), Rooms.Stranger, default)),
            "group.change" => Reason(Groups.ChangeAsync(actor, Nobody, new("x"), null, Rooms.Stranger, default)),
            "group.delete" => Groups.DeleteAsync(actor, Nobody, null, Rooms.Stranger, default),
            "group.add_member" => fixture
                .Service<GroupMembers>()
                .AddAsync(actor, Nobody, Nobody, Rooms.Stranger, default),
            "group.remove_member" => fixture
                .Service<GroupMembers>()
                .RemoveAsync(actor, Nobody, Nobody, Rooms.Stranger, default),
            "group.grant_role" => fixture
                .Service<GroupRoles>()
                .GrantAsync(actor, Nobody, Nobody, Rooms.Stranger, default),
            "group.withdraw_role" => fixture
                .Service<GroupRoles>()
                .WithdrawAsync(actor, Nobody, Nobody, Rooms.Stranger, default),
            "attribute.list" => Reason(Definitions.ListAsync(actor, default)),
            "attribute.define" => Reason(
                Definitions.DefineAsync(
                    actor,
                    new("", "text", new Dictionary<string, string>(), "nobody", "nobody"),
                    null,
                    Rooms.Stranger,
                    default
                )
            ),
            "attribute.remove" => Definitions.RemoveAsync(actor, "nothing", Rooms.Stranger, default),
            "attribute.set" => fixture
                .Service<PersonAttributes>()
                .SetAsync(actor, Nobody, "nothing", null, Rooms.Stranger, default),
            "claim_mapping.list" => Reason(Mappings.ListAsync(actor, default)),
            "claim_mapping.change" => Reason(
                Mappings.WriteAsync(
                    actor,
                    new("sub", "x", null, "constant", null, JsonElement.Parse("1"), true, true, true),
                    null,
                    Rooms.Stranger,
                    default
                )
            ),
            "claim_mapping.remove" => Mappings.RemoveAsync(actor, Nobody, Rooms.Stranger, default),
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, "No test performs this action."),
        };

    private RoleStore Roles => fixture.Service<RoleStore>();

    private GroupStore Groups => fixture.Service<GroupStore>();

    private AttributeDefinitions Definitions => fixture.Service<AttributeDefinitions>();

    private ClaimMappingStore Mappings => fixture.Service<ClaimMappingStore>();

    private static async Task<AdminOutcome> Reason<T>(Task<AdminOutcome<T>> running) =>
        await running is AdminOutcome<T>.Failed failed ? failed.Reason : AdminOutcome.Done.Instance;
}
