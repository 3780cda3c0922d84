using System.Collections.Frozen;
using Identity.Core.Administration;

namespace Identity.UnitTests.Administration;

public sealed class AdminPermissionTests
{
    [Fact]
    public void The_list_names_every_permission_once()
    {
        var declared = typeof(AdminPermission)
            .GetProperties()
            .Where(static property => property.PropertyType == typeof(AdminPermission))
            .Select(static property => (AdminPermission)property.GetValue(null)!);

        Assert.Equal(declared.Order(ByName), AdminPermission.All.Order(ByName));
        Assert.Equal(AdminPermission.All.Count, AdminPermission.All.DistinctBy(static one => one.Name).Count());
        Assert.All(AdminPermission.All, static one => Assert.Matches("^[a-z]+\\.[a-z]+$", one.Name));
    }

    [Fact]
    public void Every_permission_is_found_by_its_name_and_by_its_scope()
    {
        foreach (var permission in AdminPermission.All)
        {
            Assert.Same(permission, AdminPermission.Find(permission.Name));
            Assert.Same(permission, AdminPermission.OfScope(permission.Scope));
        }
        Assert.Null(AdminPermission.OfScope("users.read"));
        Assert.Null(AdminPermission.OfScope("identity.everything"));
    }

    [Fact]
    public void Built_in_roles_allow_what_they_promise()
    {
        var admin = AdminRole.PermissionsOf(AdminRole.Admin, []);
        var support = AdminRole.PermissionsOf(AdminRole.Support, []);
        var auditor = AdminRole.PermissionsOf(AdminRole.Auditor, []);

        Assert.Equal(AdminPermission.All.Count, admin.Count);
        Assert.Equal(
            "audit.read denials.read mail.read users.factors users.lock users.read users.recover users.sessions",
            string.Join(' ', support.Select(static one => one.Name).Order(StringComparer.Ordinal))
        );
        Assert.All(auditor, static one => Assert.True(one.IsRead || one == AdminPermission.AuditExport));
        Assert.Equal(AdminPermission.All.Count(static one => one.IsRead) + 1, auditor.Count);
    }

    [Fact]
    public void A_stored_permission_that_this_release_does_not_know_allows_nothing() =>
        Assert.Equal([AdminPermission.UsersRead], AdminRole.PermissionsOf("helpers", ["users.read", "users.teleport"]));

    [Fact]
    public void A_token_allows_no_more_than_its_owner_may_do()
    {
        Operator actor = new(
            OperatorKind.Person,
            Guid.NewGuid().ToString(),
            AdminRole.PermissionsOf("x", ["users.read"])
        );

        var limited = actor.LimitedTo(["identity.users.read", "identity.users.erase", "openid"]);

        Assert.Equal([AdminPermission.UsersRead], limited.Permissions);
        Assert.Empty(actor.LimitedTo(["openid"]).Permissions);
    }

    [Theory]
    [InlineData(OperatorKind.Person, 299, true)]
    [InlineData(OperatorKind.Person, 301, false)]
    [InlineData(OperatorKind.Person, null, false)]
    [InlineData(OperatorKind.Client, null, true)]
    [InlineData(OperatorKind.Command, null, true)]
    public void A_proof_of_a_person_is_fresh_for_five_minutes(OperatorKind kind, int? seconds, bool fresh)
    {
        var now = DateTimeOffset.UnixEpoch;
        Operator actor = new(kind, "a", FrozenSet<AdminPermission>.Empty)
        {
            ReadAt = now,
            ProvedAt = seconds is { } age ? now.AddSeconds(-age) : null,
        };

        Assert.Equal(fresh, actor.HasFreshProof);
    }

    private static readonly Comparer<AdminPermission> ByName = Comparer<AdminPermission>.Create(
        static (one, other) => string.CompareOrdinal(one.Name, other.Name)
    );
}
