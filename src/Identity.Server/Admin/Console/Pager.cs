namespace Identity.Server.Admin.Console;

/// <summary>The links below a list that is read by key: on, and back to its beginning.</summary>
/// <param name="First">Where the list begins; null on its first page.</param>
/// <param name="Next">Where it goes on; null at its end.</param>
internal sealed record Pager(string? First, string? Next);
