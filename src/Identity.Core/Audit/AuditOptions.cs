using Microsoft.Extensions.Options;

namespace Identity.Core.Audit;

/// <summary>Section <c>Identity:Audit</c>.</summary>
public sealed class AuditOptions
{
    public const string Section = "Identity:Audit";

    /// <summary>How long events are kept. Whole months before it are dropped. Default 90 days; at least 30, which the
    /// database enforces too.</summary>
    public TimeSpan Retention { get; set; } = TimeSpan.FromDays(90);

    /// <summary>How far sealing stays behind the clock: longer than any transaction that records an event. Default 2
    /// minutes.</summary>
    public TimeSpan SealDelay { get; set; } = TimeSpan.FromMinutes(2);
}

internal sealed class AuditOptionsValidator : IValidateOptions<AuditOptions>
{
    public ValidateOptionsResult Validate(string? name, AuditOptions options)
    {
        List<string> failures = [];
        if (options.Retention < TimeSpan.FromDays(30))
            failures.Add($"{AuditOptions.Section}:Retention: must be 30 days or more.");
        if (options.SealDelay < TimeSpan.FromSeconds(1) || options.SealDelay > TimeSpan.FromHours(1))
            failures.Add($"{AuditOptions.Section}:SealDelay: must be between one second and one hour.");
        return failures.Count > 0 ? ValidateOptionsResult.Fail(failures) : ValidateOptionsResult.Success;
    }
}
