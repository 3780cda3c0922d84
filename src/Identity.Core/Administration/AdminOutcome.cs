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

    /// <summary>What it was to change does not exist.</summary>
    public sealed record NotFound : AdminOutcome;

    /// <summary>The operator may not do this.</summary>
    /// <param name="Rule">The permission that is missing, or the name of the rule that refused
    /// (<see cref="AdminRule"/>).</param>
    public sealed record Refused(string Rule, string Text) : AdminOutcome;

    /// <summary>A value cannot be taken.</summary>
    /// <param name="Field">Which, as the API names it.</param>
    public sealed record Invalid(string Field, string Text) : AdminOutcome
    {
        /// <summary>What else is wrong, where several values cannot be taken.</summary>
        public IReadOnlyList<Invalid> More { get; init; } = [];
    }

    /// <summary>It changed since it was read: the version that was given is not the current one.</summary>
    public sealed record Stale : AdminOutcome;

    /// <summary>It cannot be undone, and the operator's last proof is older than
    /// <see cref="Operator.ProofLifetime"/>.</summary>
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
