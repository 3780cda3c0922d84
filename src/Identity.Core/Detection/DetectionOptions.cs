using Identity.Core.Keys;
using Identity.Core.Primitives;
using Microsoft.Extensions.Options;

namespace Identity.Core.Detection;

/// <summary>Section <c>Identity:Detection</c>: which rules run, and who is notified.</summary>
public sealed class DetectionOptions
{
    public const string Section = "Identity:Detection";

    /// <summary>Whether the host runs detection. If it is off, run <c>identity detect</c> by cron. Default:
    /// on.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>The pause between two runs. Default: one minute.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How far a run looks back at most after a pause. Default: one day.</summary>
    public TimeSpan LookBack { get; set; } = TimeSpan.FromDays(1);

    /// <summary>How long closed alerts are kept. Default: 90 days.</summary>
    public TimeSpan Retention { get; set; } = TimeSpan.FromDays(90);

    /// <summary>The email addresses that are notified of a new alert.</summary>
    public IList<string> MailTo { get; } = [];

    /// <summary>Thresholds by rule, to override the defaults: <c>Identity:Detection:Thresholds:brute_force =
    /// 500</c>.</summary>
    public IDictionary<string, long> Thresholds { get; } = new Dictionary<string, long>(StringComparer.Ordinal);

    /// <summary>Rules that are switched off.</summary>
    public IList<string> Off { get; } = [];

    internal long ThresholdOf(DetectionRule rule) =>
        Thresholds.TryGetValue(rule.Name, out var own) ? own : rule.Threshold;

    internal IEnumerable<DetectionRule> Rules => DetectionRules.All.Where(rule => !Off.Contains(rule.Name));
}

/// <summary>With automatic rotation a key has no successor until <see cref="KeysOptions.AnnounceBefore"/>: only a
/// successor that is late deserves an alert.</summary>
internal sealed class EndingKeysThreshold(IOptions<KeysOptions> keys) : IPostConfigureOptions<DetectionOptions>
{
    public const string Rule = "ending_keys";

    public void PostConfigure(string? name, DetectionOptions options)
    {
        if (keys.Value.AutomaticRotation)
            options.Thresholds.TryAdd(Rule, (long)keys.Value.AnnounceBefore.TotalHours);
    }
}

internal sealed class DetectionOptionsValidator : IValidateOptions<DetectionOptions>
{
    private const string Section = DetectionOptions.Section;

    public ValidateOptionsResult Validate(string? name, DetectionOptions options)
    {
        List<string> failures = [];
        Between(failures, nameof(options.Interval), options.Interval, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        Between(failures, nameof(options.LookBack), options.LookBack, TimeSpan.FromHours(1), TimeSpan.FromDays(30));
        Between(failures, nameof(options.Retention), options.Retention, TimeSpan.FromDays(1), TimeSpan.FromDays(3650));
        foreach (var (rule, threshold) in options.Thresholds)
        {
            if (DetectionRules.Find(rule) is null)
                failures.Add($"{Section}:Thresholds:{rule}: {NoSuchRule}");
            else if (threshold < 0)
                failures.Add($"{Section}:Thresholds:{rule}: must be 0 or more.");
        }
        failures.AddRange(
            options
                .Off.Where(static rule => DetectionRules.Find(rule) is null)
                .Select(rule => $"{Section}:Off: '{rule}': {NoSuchRule}")
        );
        failures.AddRange(
            options
                .MailTo.Where(static address => !EmailAddress.TryParse(address, out _))
                .Select(address => $"{Section}:MailTo: '{address}' is not a bare e-mail address.")
        );
        return failures.Count > 0 ? ValidateOptionsResult.Fail(failures) : ValidateOptionsResult.Success;
    }

    private static string NoSuchRule =>
        $"there is no such rule. Rules: {string.Join(", ", DetectionRules.All.Select(static rule => rule.Name))}.";

    private static void Between(List<string> failures, string name, TimeSpan value, TimeSpan least, TimeSpan most)
    {
        if (value < least || value > most)
            failures.Add($"{Section}:{name}: must be {least} to {most}.");
    }
}
