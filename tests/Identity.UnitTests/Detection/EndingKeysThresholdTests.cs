using Identity.Core.Detection;
using Identity.Core.Keys;
using Microsoft.Extensions.Options;

namespace Identity.UnitTests.Detection;

/// <summary>When a signing key without a successor deserves an alert.</summary>
public sealed class EndingKeysThresholdTests
{
    [Theory]
    [InlineData(true, null, 72)]
    [InlineData(true, 100, 100)]
    [InlineData(false, null, 336)]
    public void A_key_whose_successor_is_not_due_yet_opens_no_alert(bool automatic, int? configured, long hours)
    {
        DetectionOptions options = new();
        if (configured is { } own)
            options.Thresholds["ending_keys"] = own;
        KeysOptions keys = new() { AutomaticRotation = automatic, AnnounceBefore = TimeSpan.FromDays(3) };

        new EndingKeysThreshold(Options.Create(keys)).PostConfigure(null, options);

        Assert.Equal(hours, options.ThresholdOf(DetectionRules.Find("ending_keys")!));
    }
}
