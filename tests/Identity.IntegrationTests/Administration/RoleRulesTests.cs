using System.Text.Json;
using Identity.Core.Administration;
using Identity.Core.Attributes;
using Identity.Core.People;
using Identity.Core.Privacy;
using Identity.Core.Roles;
using Identity.Core.Users;
using Identity.Testing;

namespace Identity.IntegrationTests.Administration;

/// <summary>Who may do what with roles and groups, and what nobody may.</summary>
public sealed class RoleRulesTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    [Fact]
    public async Task A_role_is_created_changed_and_deleted_under_its_version()
    {
        await using AdminScene scene = new(fixture.Database);
        var store = scene.Rooms.Get<RoleStore>();
        var role = await scene.NewRoleAsync();

        var changed = AdminScene.Done(
            await store.ChangeAsync(
                scene.Root,
                role.Id,
                new(role.Name + ".x", Description: "Edits"),
                role.Version,
                Rooms.Stranger,
                default
            )
        );
        var stale = await store.ChangeAsync(scene.Root, role.Id, new(role.Name), role.Version, Rooms.Stranger, default);
        var taken = await store.CreateAsync(scene.Root, new(changed.Name.ToUpperInvariant()), Rooms.Stranger, default);
        var ofApp = await store.CreateAsync(scene.Root, new(changed.Name, "web"), Rooms.Stranger, default);
        var deleted = await store.DeleteAsync(scene.Root, role.Id, changed.Version, Rooms.Stranger, default);

        Assert.Equal(
            (role.Name + ".x", "Edits", role.Version + 1),
            (changed.Name, changed.Description, changed.Version)
        );
        Assert.IsType<AdminOutcome.Stale>(AdminScene.ReasonOf(stale));
        Assert.Equal("name", Assert.IsType<AdminOutcome.Invalid>(AdminScene.ReasonOf(taken)).Field);
        Assert.Equal("web", AdminScene.Done(ofApp).ClientId);
        Assert.IsType<AdminOutcome.Done>(deleted);
        Assert.Equal(["role_created", "role_changed", "role_deleted"], await EventsAsync(scene, "role_id", role.Id));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-editor")]
    [InlineData("a b")]
    [InlineData("édition")]
    [InlineData("identity-owner")]
    public async Task A_name_that_cannot_be_taken_is_refused(string name)
    {
        await using AdminScene scene = new(fixture.Database);

        var outcome = await scene.Rooms.Get<RoleStore>().CreateAsync(scene.Root, new(name), Rooms.Stranger, default);

        Assert.Equal("name", Assert.IsType<AdminOutcome.Invalid>(AdminScene.ReasonOf(outcome)).Field);
    }

    [Fact]
    public async Task A_built_in_role_is_neither_changed_nor_deleted()
    {
        await using AdminScene scene = new(fixture.Database);
        var role = await scene.RoleAsync(AdminRole.Support);
        var store = scene.Rooms.Get<RoleStore>();

        var changed = await store.ChangeAsync(scene.Root, role.Id, new("helpers"), null, Rooms.Stranger, default);
        var deleted = await store.DeleteAsync(scene.Root, role.Id, null, Rooms.Stranger, default);

        Assert.Equal(AdminRule.BuiltIn, AdminScene.RuleOf(AdminScene.ReasonOf(changed)));
        Assert.Equal(AdminRule.BuiltIn, AdminScene.RuleOf(deleted));
    }

    [Fact]
    public async Task Nobody_grants_or_creates_what_they_do_not_hold()
    {
        await using AdminScene scene = new(fixture.Database);
        var actor = AdminScene.Client(
            AdminPermission.RolesGrant,
            AdminPermission.RolesWrite,
            AdminPermission.GroupsWrite,
            AdminPermission.UsersRead
        );
        var (admin, person) = (await scene.RoleAsync(AdminRole.Admin), await scene.PersonAsync());
        var (reader, keeper) = (await scene.NewRoleAsync("users.read"), await scene.NewRoleAsync("keys.write"));
        var group = await scene.NewGroupAsync();
        var (grants, store) = (scene.Rooms.Get<RoleGrants>(), scene.Rooms.Get<RoleStore>());

        var allowed = await grants.GrantAsync(actor, reader.Id, person.Id, Rooms.Stranger, default);
        AdminOutcome[] refused =
        [
            await grants.GrantAsync(actor, admin.Id, person.Id, Rooms.Stranger, default),
            await scene.Rooms.Get<GroupRoles>().GrantAsync(actor, group.Id, admin.Id, Rooms.Stranger, default),
            AdminScene.ReasonOf(
                await store.CreateAsync(actor, new("x", Permissions: ["keys.write"]), Rooms.Stranger, default)
            ),
            AdminScene.ReasonOf(
                await store.ChangeAsync(
                    actor,
                    reader.Id,
                    new(reader.Name, Permissions: ["users.read", "keys.write"]),
                    null,
                    Rooms.Stranger,
                    default
                )
            ),
            await store.DeleteAsync(actor, keeper.Id, null, Rooms.Stranger, default),
        ];

        Assert.IsType<AdminOutcome.Done>(allowed);
        Assert.All(refused, static outcome => Assert.Equal(AdminRule.NotHeld, AdminScene.RuleOf(outcome)));
    }

    [Fact]
    public async Task Nobody_changes_their_own_administrative_roles_by_any_way()
    {
        await using AdminScene scene = new(fixture.Database);
        await scene.PersonAsync(AdminRole.Admin);
        var self = await scene.PersonAsync(AdminRole.Admin);
        var own = await scene.NewRoleAsync("users.read");
        await scene.Rooms.Get<RoleGrants>().GrantAsync(scene.Root, own.Id, self.Id, Rooms.Stranger, default);
        var (admin, auditor) = (await scene.RoleAsync(AdminRole.Admin), await scene.RoleAsync(AdminRole.Auditor));
        var (mine, other) = (await scene.NewGroupAsync(), await scene.NewGroupAsync());
        await scene.Rooms.Get<GroupMembers>().AddAsync(scene.Root, mine.Id, self.Id, Rooms.Stranger, default);
        await scene.Rooms.Get<GroupRoles>().GrantAsync(scene.Root, other.Id, auditor.Id, Rooms.Stranger, default);
        var actor = await scene.OperatorAsync(self);

        AdminOutcome[] refused =
        [
            await scene.Rooms.Get<RoleGrants>().GrantAsync(actor, auditor.Id, self.Id, Rooms.Stranger, default),
            await scene.Rooms.Get<RoleGrants>().WithdrawAsync(actor, admin.Id, self.Id, Rooms.Stranger, default),
            await scene.Rooms.Get<GroupRoles>().GrantAsync(actor, mine.Id, auditor.Id, Rooms.Stranger, default),
            await scene.Rooms.Get<GroupMembers>().AddAsync(actor, other.Id, self.Id, Rooms.Stranger, default),
            await scene.Rooms.Get<RoleStore>().DeleteAsync(actor, own.Id, null, Rooms.Stranger, default),
        ];

        Assert.All(refused, static outcome => Assert.Equal(AdminRule.OwnRoles, AdminScene.RuleOf(outcome)));
    }

    [Fact]
    public async Task Support_does_not_act_on_an_administrator()
    {
        await using AdminScene scene = new(fixture.Database);
        var support = await scene.OperatorAsync(await scene.PersonAsync(AdminRole.Support));
        var (admin, person) = (await scene.PersonAsync(AdminRole.Admin), await scene.PersonAsync());

        var onAdmin = await ActOnAsync(scene, support, admin);
        var onColleague = await ActOnAsync(scene, support, await scene.PersonAsync(AdminRole.Support));
        var onPerson = await ActOnAsync(scene, support, person);
        var onNobody = await ActOnAsync(scene, support, person with { Id = Guid.NewGuid() });

        Assert.Equal(AdminRule.ActsOnAdministrator, AdminScene.RuleOf(onAdmin!));
        Assert.Equal(AdminRule.ActsOnAdministrator, AdminScene.RuleOf(onColleague!));
        Assert.Null(onPerson);
        Assert.IsType<AdminOutcome.NotFound>(onNobody);
    }

    [Fact]
    public async Task Who_writes_groups_does_not_make_administrators_by_them()
    {
        await using AdminScene scene = new(fixture.Database);
        var actor = AdminScene.Client(AdminPermission.GroupsWrite);
        var (group, person) = (await scene.NewGroupAsync(), await scene.PersonAsync());
        var support = await scene.RoleAsync(AdminRole.Support);
        await scene.Rooms.Get<GroupRoles>().GrantAsync(scene.Root, group.Id, support.Id, Rooms.Stranger, default);

        var added = await scene.Rooms.Get<GroupMembers>().AddAsync(actor, group.Id, person.Id, Rooms.Stranger, default);
        var deleted = await scene.Rooms.Get<GroupStore>().DeleteAsync(actor, group.Id, null, Rooms.Stranger, default);

        Assert.Equal(AdminPermission.RolesGrant.Name, AdminScene.RuleOf(added));
        Assert.Equal(AdminPermission.RolesGrant.Name, AdminScene.RuleOf(deleted));
        Assert.Null(await scene.Rooms.Get<OperatorReader>().OfPersonAsync(person.Id, null, null, default));
    }

    [Fact]
    public async Task A_person_is_told_when_they_become_an_administrator_and_when_they_no_longer_are()
    {
        await using AdminScene scene = new(fixture.Database);
        var person = await scene.PersonAsync(AdminRole.Auditor);
        var auditor = await scene.RoleAsync(AdminRole.Auditor);
        var editor = await scene.NewRoleAsync();
        var grants = scene.Rooms.Get<RoleGrants>();

        await grants.GrantAsync(scene.Root, auditor.Id, person.Id, Rooms.Stranger, default);
        await grants.GrantAsync(scene.Root, editor.Id, person.Id, Rooms.Stranger, default);
        await grants.WithdrawAsync(scene.Root, auditor.Id, person.Id, Rooms.Stranger, default);

        var mails = await scene.Rooms.MailsToAsync(person.Email);
        Assert.Equal(["admin_role_granted", "admin_role_withdrawn"], mails.Select(static mail => mail.Kind));
        Assert.Contains("identity-auditor", mails[0].Content.Text, StringComparison.Ordinal);
        Assert.Equal(["role_granted", "role_withdrawn"], await EventsAsync(scene, "role", "identity-auditor", person));
    }

    [Fact]
    public async Task A_withdrawn_locked_or_erased_administrator_may_nothing_from_the_next_request_on()
    {
        await using AdminScene scene = new(fixture.Database);
        var (locked, erased) = (await scene.PersonAsync(AdminRole.Support), await scene.PersonAsync(AdminRole.Support));

        await scene.Rooms.Get<AccountActions>().DisableAsync(locked.Id);
        await scene.Rooms.Get<AccountEraser>().EraseAsync(scene.Rooms.Db, erased.Id);

        var reader = scene.Rooms.Get<OperatorReader>();
        Assert.Null(await reader.OfPersonAsync(locked.Id, null, null, default));
        Assert.Null(await reader.OfPersonAsync(erased.Id, null, null, default));
    }

    [Fact]
    public async Task An_attribute_takes_values_of_its_type_alone()
    {
        await using AdminScene scene = new(fixture.Database);
        var person = await scene.PersonAsync();
        var name = $"a{Guid.NewGuid():N}";
        var (definitions, values) = (scene.Rooms.Get<AttributeDefinitions>(), scene.Rooms.Get<PersonAttributes>());
        AttributeDefinition definition = new(
            name,
            "integer",
            new Dictionary<string, string>(),
            "person",
            "administrator"
        );

        var defined = AdminScene.Done(
            await definitions.DefineAsync(scene.Root, definition, 0, Rooms.Stranger, default)
        );
        var retyped = await definitions.DefineAsync(
            scene.Root,
            definition with
            {
                ValueType = "text",
            },
            null,
            Rooms.Stranger,
            default
        );
        var wrong = await values.SetAsync(scene.Root, person.Id, name, Json("\"7\""), Rooms.Stranger, default);
        var right = await values.SetAsync(scene.Root, person.Id, name, Json("7"), Rooms.Stranger, default);
        var read = AdminScene.Done(await values.ReadAsync(scene.Root, person.Id, default));
        var removed = await definitions.RemoveAsync(scene.Root, name, Rooms.Stranger, default);

        Assert.Equal(1, defined.Version);
        Assert.Equal("type", Assert.IsType<AdminOutcome.Invalid>(AdminScene.ReasonOf(retyped)).Field);
        Assert.Equal("value", Assert.IsType<AdminOutcome.Invalid>(wrong).Field);
        Assert.IsType<AdminOutcome.Done>(right);
        Assert.Equal(7, read.Single(one => one.Definition.Name == name).Value!.Value.GetInt32());
        Assert.IsType<AdminOutcome.Done>(removed);
        Assert.Equal(
            0L,
            await fixture.Database.ScalarAsync<long>(
                "SELECT count(*) FROM idp.user_attributes WHERE name = @name",
                ("name", name)
            )
        );
    }

    private static JsonElement Json(string text) => JsonElement.Parse(text);

    private static Task<AdminOutcome?> ActOnAsync(AdminScene scene, Operator actor, UserAccount person) =>
        scene.Rooms.Db.InTransactionAsync(
            (transaction, cancel) => AdminRules.MayActOnAsync(transaction, actor, person.Id, cancel),
            default
        );

    private static Task<List<string>> EventsAsync(
        AdminScene scene,
        string detail,
        object value,
        UserAccount? person = null
    ) =>
        scene.Rooms.Db.QueryAsync(
            """
            SELECT event_type FROM public.audit_logs WHERE details ->> @detail = @value AND details ->> 'by' = 'command'
                AND (@person IS NULL OR user_id = @person) ORDER BY created_at
            """,
            static row => row.GetString(0),
            default,
            ("detail", detail),
            ("value", value.ToString()),
            ("person", Core.Data.SqlNull.Uuid(person?.Id))
        );
}
