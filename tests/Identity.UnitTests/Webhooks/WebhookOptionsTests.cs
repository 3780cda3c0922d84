using Identity.Core.Webhooks;

namespace Identity.UnitTests.Webhooks;

public sealed class WebhookOptionsTests
{
    [Fact]
    public void The_defaults_are_valid() =>
        Assert.True(new WebhookOptionsValidator().Validate(null, new WebhookOptions()).Succeeded);

    [Fact]
    public void Every_fault_is_named_by_its_key()
    {
        WebhookOptions options = new()
        {
            FirstPause = TimeSpan.FromMinutes(11),
            MaxPause = TimeSpan.FromMinutes(10),
            GiveUpAfter = TimeSpan.FromDays(15),
            ParallelPerEndpoint = 0,
            // As long as the lease of a claimed delivery, so another instance could send it too.
            Timeout = TimeSpan.FromSeconds(30),
            RotationOverlap = TimeSpan.FromSeconds(-1),
        };

        var failures = new WebhookOptionsValidator().Validate(null, options).Failures!.ToList();

        string[] keys =
        [
            nameof(options.FirstPause),
            nameof(options.MaxPause),
            nameof(options.GiveUpAfter),
            nameof(options.ParallelPerEndpoint),
            nameof(options.Timeout),
            nameof(options.RotationOverlap),
        ];
        Assert.Equal(
            keys.Select(static key => $"{WebhookOptions.Section}:{key}"),
            failures.Select(static failure => failure[..failure.IndexOf(": ", StringComparison.Ordinal)])
        );
    }
}
