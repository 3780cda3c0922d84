using System.Diagnostics.Metrics;
using Identity.Core.Primitives;

namespace Identity.Core.Risk;

/// <summary>Counts judged sign-ins by step: shows how many people a threshold affects.</summary>
internal static class RiskMetrics
{
    private static readonly Counter<long> Judged = IdentityMeter.Instance.CreateCounter<long>(
        "identity.risk.judged",
        "{sign-in}",
        "Sign-ins that were judged, by the step that their score calls for."
    );

    public static void Count(RiskStep step) =>
        Judged.Add(
            1,
            new KeyValuePair<string, object?>(
                "step",
                step switch
                {
                    RiskStep.Notice => "notice",
                    RiskStep.SecondFactor => "second_factor",
                    RiskStep.Refusal => "refusal",
                    _ => "none",
                }
            )
        );
}
