using Identity.Core.Risk;

namespace Identity.UnitTests.Risk;

public sealed class RiskOptionsTests
{
    [Theory]
    [InlineData(0, RiskStep.None)]
    [InlineData(29, RiskStep.None)]
    [InlineData(30, RiskStep.Notice)]
    [InlineData(60, RiskStep.SecondFactor)]
    [InlineData(999, RiskStep.SecondFactor)]
    public void Refusal_is_off_until_it_is_set(int score, RiskStep expected)
    {
        RiskOptions options = new();

        Assert.False(options.Enabled);
        Assert.Equal(expected, options.StepOf(score));
    }

    [Fact]
    public void Each_step_has_a_border_and_nought_switches_it_off()
    {
        RiskOptions options = new()
        {
            NoticeFrom = 0,
            SecondFactorFrom = 50,
            RefuseFrom = 80,
        };

        Assert.Equal(
            [RiskStep.None, RiskStep.SecondFactor, RiskStep.SecondFactor, RiskStep.Refusal],
            new[] { 49, 50, 79, 80 }.Select(options.StepOf)
        );
    }

    [Fact]
    public void Wrong_settings_are_named_together()
    {
        RiskOptions options = new()
        {
            NoticeFrom = -1,
            RefuseFrom = 10,
            FailingAccounts = 0,
        };
        options.Weights["new_moon"] = 5;
        options.Weights["new_country"] = 5000;

        var failures = new RiskOptionsValidator().Validate(null, options).Failures!.ToList();

        Assert.Equal(
            [
                "Identity:Risk:NoticeFrom: must be 0 to 1000.",
                "Identity:Risk:RefuseFrom: must not be below SecondFactorFrom.",
                "Identity:Risk:FailingAccounts: must be 1 to 100.",
                "Identity:Risk:Weights:new_moon: there is no such signal.",
                "Identity:Risk:Weights:new_country: must be 0 to 1000.",
            ],
            failures
        );
    }
}
