namespace Identity.Core.Monitoring;

/// <summary>The sign-ins of one stretch of time.</summary>
/// <param name="From">Where it begins.</param>
public sealed record SignInPoint(DateTimeOffset From, long Succeeded, long Failed, long Blocked)
{
    public long Total => Succeeded + Failed + Blocked;
}

/// <summary>How far a series of sign-ins goes back, and how long each of its points is.</summary>
public sealed record SignInSpan(string Name, TimeSpan Length, TimeSpan Step)
{
    public static SignInSpan Hour { get; } = new("hour", TimeSpan.FromHours(1), TimeSpan.FromMinutes(1));
    public static SignInSpan Day { get; } = new("day", TimeSpan.FromDays(1), TimeSpan.FromMinutes(15));
    public static SignInSpan Week { get; } = new("week", TimeSpan.FromDays(7), TimeSpan.FromHours(2));

    public static IReadOnlyList<SignInSpan> All { get; } = [Hour, Day, Week];

    /// <summary>The span of this name; an hour where there is none.</summary>
    public static SignInSpan Find(string? name) => All.FirstOrDefault(span => span.Name == name) ?? Hour;
}
