using Microsoft.Extensions.Options;

namespace Identity.Core.Webhooks;

/// <summary>Section <c>Identity:Webhooks</c>: retries to endpoints that do not acknowledge.</summary>
public sealed class WebhookOptions
{
    public const string Section = "Identity:Webhooks";

    /// <summary>The pause after the first failed attempt; it doubles with each further one. Default: 5 seconds.
    /// </summary>
    public TimeSpan FirstPause { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The longest pause. Default: 1 hour.</summary>
    public TimeSpan MaxPause { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long after an event its delivery is given up. Default: 3 days.</summary>
    public TimeSpan GiveUpAfter { get; set; } = TimeSpan.FromDays(3);

    /// <summary>How many events one instance sends to one endpoint in parallel. Default: 4.</summary>
    public int ParallelPerEndpoint { get; set; } = 4;

    /// <summary>How long an endpoint has to answer. Default: 10 seconds.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long requests are also signed with the secret before the last rotation. Default: 24 hours.
    /// </summary>
    public TimeSpan RotationOverlap { get; set; } = TimeSpan.FromHours(24);
}

internal sealed class WebhookOptionsValidator : IValidateOptions<WebhookOptions>
{
    public ValidateOptionsResult Validate(string? name, WebhookOptions options)
    {
        const string section = WebhookOptions.Section;
        List<string> failures = [];
        if (options.FirstPause < TimeSpan.FromMilliseconds(50) || options.FirstPause > TimeSpan.FromMinutes(10))
            failures.Add($"{section}:FirstPause: must be 50 milliseconds to 10 minutes.");
        if (options.MaxPause < options.FirstPause || options.MaxPause > TimeSpan.FromHours(12))
            failures.Add($"{section}:MaxPause: must be at least FirstPause and at most 12 hours.");
        if (options.GiveUpAfter < TimeSpan.FromMinutes(1) || options.GiveUpAfter > TimeSpan.FromDays(14))
            failures.Add($"{section}:GiveUpAfter: must be 1 minute to 14 days.");
        if (options.ParallelPerEndpoint is < 1 or > 64)
            failures.Add($"{section}:ParallelPerEndpoint: must be 1 to 64.");
        // Shorter than the lease of a claimed row, so that no other instance sends it meanwhile.
        if (options.Timeout < TimeSpan.FromMilliseconds(100) || options.Timeout > TimeSpan.FromSeconds(20))
            failures.Add($"{section}:Timeout: must be 100 milliseconds to 20 seconds.");
        if (options.RotationOverlap < TimeSpan.Zero || options.RotationOverlap > TimeSpan.FromDays(30))
            failures.Add($"{section}:RotationOverlap: must be 0 to 30 days.");
        return failures.Count > 0 ? ValidateOptionsResult.Fail(failures) : ValidateOptionsResult.Success;
    }
}
