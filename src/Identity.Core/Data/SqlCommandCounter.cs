namespace Identity.Core.Data;

/// <summary> Counts the SQL commands of one flow of execution, so that a test can check a request's budget (the table
/// in docs/architecture.md). When nobody counts, it costs one read of an <see cref="AsyncLocal{T}"/> per command.
/// </summary>
public sealed class SqlCommandCounter : IDisposable
{
    private static readonly AsyncLocal<SqlCommandCounter?> Current = new();
    private readonly SqlCommandCounter? _outer = Current.Value;
    private int _commands;

    private SqlCommandCounter() { }

    /// <summary>Commands sent so far in this flow.</summary>
    public int Commands => Volatile.Read(ref _commands);

    /// <summary>Counts in this flow and every flow it starts, until disposed.</summary>
    public static SqlCommandCounter Start()
    {
        var counter = new SqlCommandCounter();
        Current.Value = counter;
        return counter;
    }

    /// <inheritdoc />
    public void Dispose() => Current.Value = _outer;

    internal static void Count()
    {
        for (var counter = Current.Value; counter is not null; counter = counter._outer)
            Interlocked.Increment(ref counter._commands);
    }
}
