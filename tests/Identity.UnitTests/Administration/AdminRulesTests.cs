using System.Collections.Frozen;
using Identity.Core.Administration;

namespace Identity.UnitTests.Administration;

public sealed class AdminRulesTests
{
    private static readonly AdminAction Harmless = new(
        "test.harmless",
        AdminPermission.UsersRead,
        null,
        AdminFace.None("a test"),
        AdminFace.None("a test"),
        AdminFace.None("a test")
    );

    [Fact]
    public void An_action_needs_its_own_permission()
    {
        var refused = Assert.IsType<AdminOutcome.Refused>(AdminRules.Require(Actor("users.lock"), Harmless));

        Assert.Equal("users.read", refused.Rule);
        Assert.Null(AdminRules.Require(Actor("users.read"), Harmless));
    }

    [Fact]
    public void What_cannot_be_undone_needs_a_fresh_proof()
    {
        var grave = Harmless with { NeedsProof = true };
        var actor = Actor("users.read");

        Assert.IsType<AdminOutcome.NeedsProof>(AdminRules.Require(actor, grave));
        Assert.Null(AdminRules.Require(actor with { ProvedAt = actor.ReadAt }, grave));
        Assert.IsType<AdminOutcome.Refused>(AdminRules.Require(Actor("users.lock"), grave));
    }

    [Fact]
    public void Nobody_grants_what_they_do_not_hold()
    {
        var actor = Actor("users.read", "roles.grant");

        Assert.Null(AdminRules.MayGrant(actor, [AdminPermission.UsersRead]));
        Assert.Equal(
            AdminRule.NotHeld,
            Assert
                .IsType<AdminOutcome.Refused>(
                    AdminRules.MayGrant(actor, [AdminPermission.UsersRead, AdminPermission.KeysWrite])
                )
                .Rule
        );
    }

    [Fact]
    public void Nobody_changes_their_own_administrative_roles()
    {
        var actor = Actor("roles.grant");

        Assert.IsType<AdminOutcome.Refused>(AdminRules.NotOwnRoles(actor, Guid.Parse(actor.Id)));
        Assert.Null(AdminRules.NotOwnRoles(actor, Guid.NewGuid()));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("  ")]
    [InlineData("bell \u0007")]
    public void A_note_says_something(string? note) =>
        Assert.IsType<AdminOutcome.Invalid>(AdminRules.RequireNote(note));

    [Fact]
    public void A_note_has_a_limit()
    {
        Assert.Null(AdminRules.RequireNote(new string('a', AdminRules.MaxNoteLength)));
        Assert.IsType<AdminOutcome.Invalid>(AdminRules.RequireNote(new string('a', AdminRules.MaxNoteLength + 1)));
    }

    [Fact]
    public void A_value_or_a_reason_can_be_returned_as_it_is()
    {
        AdminOutcome<int> done = 7;
        AdminOutcome<int> failed = new AdminOutcome.Stale();

        Assert.Equal(7, Assert.IsType<AdminOutcome<int>.Done>(done).Value);
        Assert.IsType<AdminOutcome.Stale>(Assert.IsType<AdminOutcome<int>.Failed>(failed).Reason);
        Assert.Throws<ArgumentException>(() => (AdminOutcome<int>)AdminOutcome.Done.Instance);
    }

    private static Operator Actor(params string[] permissions) =>
        new(
            OperatorKind.Person,
            Guid.NewGuid().ToString("D"),
            permissions.Select(AdminPermission.Find).OfType<AdminPermission>().ToFrozenSet()
        )
        {
            ReadAt = DateTimeOffset.UnixEpoch,
        };
}
