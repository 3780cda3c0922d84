namespace Identity.Core.Deliveries;

/// <summary>What the statements of a ledger need to know about its table, which has the columns <c>id</c>,
/// <c>created_at</c>, <c>next_attempt_at</c>, <c>attempts</c>, <c>last_status</c>, <c>last_error</c> and
/// <c>abandoned_at</c>. All parts are constants of the program.</summary>
/// <param name="Table">Its name with the schema.</param>
/// <param name="Receivers">A query for all receivers that may have open rows, in a column <c>receiver</c>.</param>
/// <param name="Receiver">What identifies the receiver of a row, on the alias <c>d</c>.</param>
/// <param name="Columns">What a claim returns, with the alias <c>c</c>.</param>
/// <param name="Order">The order of a claim, on the alias <c>d</c>.</param>
internal sealed record DeliveryColumns(string Table, string Receivers, string Receiver, string Columns, string Order)
{
    /// <summary>Which rows must end before a row may be claimed: a condition on the alias <c>d</c>, for a ledger that
    /// keeps an order.</summary>
    public string Follows { get; init; } = "true";

    /// <summary>When a due row is settled enough to be claimed: a condition on the alias <c>d</c>.</summary>
    public string Ready { get; init; } = "true";

    /// <summary>The column with the time of the acknowledgement.</summary>
    public string Delivered { get; init; } = "delivered_at";

    /// <summary>How long a claimed row belongs to its instance: much longer than one attempt. If an instance is killed,
    /// its rows are delayed by this time.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Further columns that a claim sets, as <c>, name = value</c>.</summary>
    public string WhenClaimed { get; init; } = "";

    /// <summary>Further columns that the end of an attempt sets, as <c>, name = value</c>.</summary>
    public string WhenSettled { get; init; } = "";

    /// <summary>Further columns that an acknowledgement sets.</summary>
    public IReadOnlyList<(string Name, string Value)> WhenDelivered { get; init; } = [];

    /// <summary>Further columns that giving up sets.</summary>
    public IReadOnlyList<(string Name, string Value)> WhenAbandoned { get; init; } = [];

    /// <summary>What the column <c>state</c> says of an open row, in a table whose index of open rows is by
    /// it.</summary>
    public string? OpenState { get; init; }

    /// <summary>A row that is neither acknowledged nor given up, on an alias.</summary>
    public string Open(string alias) =>
        $"{alias}.{Delivered} IS NULL AND {alias}.abandoned_at IS NULL"
        + (OpenState is { } state ? $" AND {alias}.state = '{state}'" : "");
}
