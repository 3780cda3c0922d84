using Microsoft.Extensions.Options;

namespace Identity.Core.Monitoring;

/// <summary>Section <c>Identity:Monitoring</c>.</summary>
public sealed class MonitoringOptions
{
    public const string Section = "Identity:Monitoring";

    /// <summary>The pause between two measurements. A minute.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromMinutes(1);
}

internal sealed class MonitoringOptionsValidator : IValidateOptions<MonitoringOptions>
{
    public ValidateOptionsResult Validate(string? name, MonitoringOptions options) =>
        options.Interval < TimeSpan.FromSeconds(1) || options.Interval > TimeSpan.FromMinutes(1)
            ? ValidateOptionsResult.Fail($"{MonitoringOptions.Section}:Interval: must be one second to one minute.")
            : ValidateOptionsResult.Success;
}
