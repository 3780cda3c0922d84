namespace Identity.Core.Administration;

/// <summary>How an administrative action ended. Every text in it may be shown to the operator.</summary>
public abstract record AdminOutcome
{
    private AdminOutcome() { }

    /// <summary>It took effect, and its audit row stands.</summary>
    public sealed record Done : AdminOutcome
    {
        public static Done Instance { get; } = new();
    }

    /// <summary>The target does not exist.</summary>
    public sealed record NotFound : AdminOutcome;

    /// <summary>The operator may not do this.</summary>
    /// <param name="Rule">The permission that is missing, or the name of the rule that refused
    /// (<see cref="AdminRule"/>).</param>
    public sealed record Refused(string Rule, string Text) : AdminOutcome;

    /// <summary>A value is invalid.</summary>
    /// <param name="Field">Which, as the API names it.</param>
    public sealed record Invalid(string Field, string Text) : AdminOutcome
    {
        /// <summary>The other faults, if several values are invalid.</summary>
        public IReadOnlyList<Invalid> More { get; init; } = [];
    }

    /// <summary>The target changed since it was read: the given version is not the current one.</summary>
    public sealed record Stale : AdminOutcome;

    /// <summary>The action cannot be undone, and the operator's last proof is older than <see
    /// cref="Operator.ProofLifetime"/>.</summary>
    public sealed record NeedsProof : AdminOutcome;
}

/// <summary>How an administrative action that returns something ended.</summary>
/// <typeparam name="T">What it returns.</typeparam>
public abstract record AdminOutcome<T>
{
    private AdminOutcome() { }

    /// <summary>It took effect, and its audit row stands.</summary>
    public sealed record Done(T Value) : AdminOutcome<T>;

    /// <summary>It did not take effect.</summary>
    /// <param name="Reason">Any outcome but <see cref="AdminOutcome.Done"/>.</param>
    public sealed record Failed(AdminOutcome Reason) : AdminOutcome<T>;

    /// <summary>Lets a rule's answer be returned as it is.</summary>
    public static implicit operator AdminOutcome<T>(AdminOutcome reason) =>
        reason is AdminOutcome.Done
            ? throw new ArgumentException("An action that returns something is done with a value.", nameof(reason))
            : new Failed(reason);

    /// <summary>Lets the value be returned as it is.</summary>
    public static implicit operator AdminOutcome<T>(T value) => new Done(value);
}
