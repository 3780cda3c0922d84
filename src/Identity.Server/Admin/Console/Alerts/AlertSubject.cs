namespace Identity.Server.Admin.Console.Alerts;

/// <summary>What an alert is about, or who looks after it.</summary>
/// <param name="Path">The page of the person, where the operator may see it.</param>
internal sealed record AlertSubject(string Text, string? Path);
