using Microsoft.Extensions.Options;

namespace Identity.Core.Sessions;

/// <summary>Settings of sessions.</summary>
public sealed class SessionOptions
{
    public const string Section = "Identity:Sessions";

    /// <summary>The maximum number per person, 1 to 1000 (SE-9).</summary>
    public int MaxPerUser { get; set; } = 10;

    /// <summary>What happens to a sign-in above <see cref="MaxPerUser"/>.</summary>
    public SessionLimitPolicy LimitPolicy { get; set; } = SessionLimitPolicy.EvictOldest;

    /// <summary>How many accounts may be signed in in one browser at once, 1 to 10. One, the default, means that a
    /// sign-in ends the session of the person before (SE-11).</summary>
    public int AccountsPerBrowser { get; set; } = 1;

    /// <summary>The idle lifetime of a session (SE-5).</summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromHours(2);

    /// <summary>The absolute lifetime of a session (SE-5).</summary>
    public TimeSpan AbsoluteLifetime { get; set; } = TimeSpan.FromHours(24);

    /// <summary>How long an ended session is kept, with its tokens, families and grants. A browser stays known for as
    /// long, at most 90 days.</summary>
    public TimeSpan Retention { get; set; } = TimeSpan.FromDays(90);
}

internal sealed class SessionOptionsValidator : IValidateOptions<SessionOptions>
{
    public ValidateOptionsResult Validate(string? name, SessionOptions options)
    {
        List<string> failures = [];
        if (options.MaxPerUser is < 1 or > 1000)
            failures.Add($"{SessionOptions.Section}:MaxPerUser: must be 1 to 1000.");
        if (options.AccountsPerBrowser is < 1 or > 10)
            failures.Add($"{SessionOptions.Section}:AccountsPerBrowser: must be 1 to 10.");
        if (!Enum.IsDefined(options.LimitPolicy))
            failures.Add($"{SessionOptions.Section}:LimitPolicy: must be EvictOldest or Refuse.");
        if (options.IdleTimeout < TimeSpan.FromMinutes(2))
            failures.Add(
                $"{SessionOptions.Section}:IdleTimeout: must be 2 minutes or more, for activity is noted once a minute."
            );
        if (options.AbsoluteLifetime < options.IdleTimeout || options.AbsoluteLifetime > TimeSpan.FromDays(90))
            failures.Add(
                $"{SessionOptions.Section}:AbsoluteLifetime: must be at least IdleTimeout and at most 90 days."
            );
        if (options.Retention < TimeSpan.FromDays(1) || options.Retention > TimeSpan.FromDays(3650))
            failures.Add($"{SessionOptions.Section}:Retention: must be between one day and ten years.");
        return failures.Count > 0 ? ValidateOptionsResult.Fail(failures) : ValidateOptionsResult.Success;
    }
}
