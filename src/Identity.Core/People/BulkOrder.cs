using Identity.Core.Administration;

namespace Identity.Core.People;

/// <summary>What a bulk action does to each of its people: one of the actions on a single person.</summary>
public abstract record BulkOrder
{
    private BulkOrder() { }

    /// <summary>The bulk action, whose permission the operator needs.</summary>
    public abstract AdminAction Action { get; }

    /// <param name="Duration">At most <see cref="Users.AccountLock.MaxDuration"/>.</param>
    /// <param name="Note">Why; it may be left out.</param>
    public sealed record Lock(TimeSpan Duration, string? Note) : BulkOrder
    {
        public override AdminAction Action => AdminActions.BulkLock;
    }

    /// <summary>Removes locks.</summary>
    public sealed record Unlock : BulkOrder
    {
        public override AdminAction Action => AdminActions.BulkUnlock;
    }

    /// <summary>Signs out everywhere.</summary>
    public sealed record EndSessions : BulkOrder
    {
        public override AdminAction Action => AdminActions.BulkEndSessions;
    }

    /// <summary>Secures the account: the password is removed, and every access ends.</summary>
    public sealed record RequirePassword : BulkOrder
    {
        public override AdminAction Action => AdminActions.BulkRequirePassword;
    }

    /// <param name="Group">Its id.</param>
    public sealed record AddToGroup(Guid? Group) : BulkOrder
    {
        public override AdminAction Action => AdminActions.BulkAddToGroup;
    }

    /// <param name="Role">Its id.</param>
    public sealed record GrantRole(Guid? Role) : BulkOrder
    {
        public override AdminAction Action => AdminActions.BulkGrantRole;
    }
}

/// <summary>The people of a bulk action.</summary>
public abstract record BulkChoice
{
    private BulkChoice() { }

    /// <param name="Ids">1 to <see cref="BulkActions.MaxPeople"/> accounts.</param>
    public sealed record Listed(IReadOnlyList<Guid> Ids) : BulkChoice;

    /// <param name="Filter">At least one condition, which at most <see cref="BulkActions.MaxPeople"/> people
    /// match.</param>
    public sealed record Matching(PersonFilter Filter) : BulkChoice;
}

/// <summary>How a bulk action ended for one person.</summary>
/// <param name="Email">Null if there is no such account.</param>
public sealed record BulkRow(Guid Id, string? Email, AdminOutcome Outcome)
{
    /// <summary>In a word: done, unchanged, not_found or refused.</summary>
    public string Status =>
        Outcome switch
        {
            AdminOutcome.Done => "done",
            AdminOutcome.Refused { Rule: PersonRule.Already } => "unchanged",
            AdminOutcome.NotFound => "not_found",
            _ => "refused",
        };

    /// <summary>The rule that refused; null if none did.</summary>
    public string? Rule => (Outcome as AdminOutcome.Refused)?.Rule;

    /// <summary>Why it was not done; null if it was.</summary>
    public string? Text =>
        Outcome switch
        {
            AdminOutcome.Done => null,
            AdminOutcome.Refused refused => refused.Text,
            AdminOutcome.Invalid invalid => invalid.Text,
            _ => "There is no such account.",
        };

    /// <summary>Whether the person is now as the operator wants.</summary>
    public bool IsFine => Status is "done" or "unchanged";
}

/// <summary>How a bulk action ended.</summary>
/// <param name="Id">What the audit rows of its people have as <c>bulk</c>.</param>
public sealed record BulkReport(Guid Id, IReadOnlyList<BulkRow> Rows)
{
    public int Done => Rows.Count(static row => row.IsFine);

    public IEnumerable<BulkRow> Failed => Rows.Where(static row => !row.IsFine);
}
