using Microsoft.Extensions.Options;

namespace Identity.Core.Logout;

/// <summary>Section <c>Identity:Logout</c>: retries to clients that do not acknowledge.</summary>
public sealed class LogoutOptions
{
    public const string Section = "Identity:Logout";

    /// <summary>The pause after the first failed attempt; it doubles with each further one. Default: 5
    /// seconds.</summary>
    public TimeSpan FirstPause { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The longest pause. Default: 30 minutes.</summary>
    public TimeSpan MaxPause { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>How long after the end of the session a message is given up. Default: 24 hours.</summary>
    public TimeSpan GiveUpAfter { get; set; } = TimeSpan.FromHours(24);

    /// <summary>How many messages one instance sends to one client in parallel. Default: 4.</summary>
    public int ParallelPerClient { get; set; } = 4;
}

internal sealed class LogoutOptionsValidator : IValidateOptions<LogoutOptions>
{
    public ValidateOptionsResult Validate(string? name, LogoutOptions options)
    {
        List<string> failures = [];
        if (options.FirstPause < TimeSpan.FromMilliseconds(50) || options.FirstPause > TimeSpan.FromMinutes(10))
            failures.Add($"{LogoutOptions.Section}:FirstPause: must be 50 milliseconds to 10 minutes.");
        if (options.MaxPause < options.FirstPause || options.MaxPause > TimeSpan.FromHours(12))
            failures.Add($"{LogoutOptions.Section}:MaxPause: must be at least FirstPause and at most 12 hours.");
        if (options.GiveUpAfter < TimeSpan.FromMinutes(1) || options.GiveUpAfter > TimeSpan.FromDays(14))
            failures.Add($"{LogoutOptions.Section}:GiveUpAfter: must be 1 minute to 14 days.");
        if (options.ParallelPerClient is < 1 or > 64)
            failures.Add($"{LogoutOptions.Section}:ParallelPerClient: must be 1 to 64.");
        return failures.Count > 0 ? ValidateOptionsResult.Fail(failures) : ValidateOptionsResult.Success;
    }
}
