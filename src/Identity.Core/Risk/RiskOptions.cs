using Microsoft.Extensions.Options;

namespace Identity.Core.Risk;

/// <summary>Section <c>Identity:Risk</c>: the scores from which an unusual sign-in leads to a step.</summary>
public sealed class RiskOptions
{
    public const string Section = "Identity:Risk";

    /// <summary>Whether sign-ins are judged. Off; a sign-in then needs no further SQL command.</summary>
    public bool Enabled { get; set; }

    /// <summary>The score from which the person gets a notice by mail; 0 for never. 30.</summary>
    public int NoticeFrom { get; set; } = 30;

    /// <summary>The score from which a second factor or a mailed code is required; 0 for never. 60.</summary>
    public int SecondFactorFrom { get; set; } = 60;

    /// <summary>The score from which a sign-in without a second factor is refused; 0 for never. 0.</summary>
    public int RefuseFrom { get; set; }

    /// <summary>The number of other accounts whose sign-ins must fail from an address within an hour for the signal
    /// <c>failing_address</c>, 1 to 100. Default: 3.</summary>
    public int FailingAccounts { get; set; } = 3;

    /// <summary>Weights by signal, 0 to 1000, that replace the defaults; 0 disables a signal:
    /// <c>Identity:Risk:Weights:new_country = 60</c>.</summary>
    public IDictionary<string, int> Weights { get; } = new Dictionary<string, int>(StringComparer.Ordinal);

    internal int WeightOf(RiskSignal signal) => Weights.TryGetValue(signal.Name, out var own) ? own : signal.Weight;

    internal RiskStep StepOf(int score) =>
        Reaches(score, RefuseFrom) ? RiskStep.Refusal
        : Reaches(score, SecondFactorFrom) ? RiskStep.SecondFactor
        : Reaches(score, NoticeFrom) ? RiskStep.Notice
        : RiskStep.None;

    private static bool Reaches(int score, int from) => from > 0 && score >= from;
}

internal sealed class RiskOptionsValidator : IValidateOptions<RiskOptions>
{
    private const string Section = RiskOptions.Section;
    private const int MaxScore = 1000;

    public ValidateOptionsResult Validate(string? name, RiskOptions options)
    {
        List<string> failures = [];
        Score(failures, nameof(options.NoticeFrom), options.NoticeFrom);
        Score(failures, nameof(options.SecondFactorFrom), options.SecondFactorFrom);
        Score(failures, nameof(options.RefuseFrom), options.RefuseFrom);
        if (options.RefuseFrom > 0 && options.RefuseFrom < options.SecondFactorFrom)
            failures.Add($"{Section}:RefuseFrom: must not be below SecondFactorFrom.");
        if (options.FailingAccounts is < 1 or > 100)
            failures.Add($"{Section}:FailingAccounts: must be 1 to 100.");
        foreach (var (signal, weight) in options.Weights)
        {
            if (RiskSignals.All.All(known => known.Name != signal))
                failures.Add($"{Section}:Weights:{signal}: there is no such signal.");
            Score(failures, $"Weights:{signal}", weight);
        }
        return failures.Count > 0 ? ValidateOptionsResult.Fail(failures) : ValidateOptionsResult.Success;
    }

    private static void Score(List<string> failures, string name, int value)
    {
        if (value is < 0 or > MaxScore)
            failures.Add($"{Section}:{name}: must be 0 to {MaxScore}.");
    }
}
