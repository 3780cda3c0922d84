namespace Identity.Core.Risk;

// Risk owns the score of a sign-in: the signals, their weights and the resulting step, from the stored sign-ins of the
// person and of the address. It neither starts nor refuses a sign-in: Pages/Flow carries out the step. Detection finds
// attacks across accounts.

/// <summary>Something unusual about a sign-in.</summary>
/// <param name="Name">The name in the audit log, in settings and in mail texts. Its meaning does not change after a
/// release.</param>
/// <param name="Weight">The default addend of the score.</param>
/// <param name="Sentence">The explanation for operators.</param>
public sealed record RiskSignal(string Name, int Weight, string Sentence);

/// <summary>All signals.</summary>
public static class RiskSignals
{
    public static RiskSignal NewDevice { get; } =
        new("new_device", 20, "The account was not used with this browser before.");

    public static RiskSignal NewNetwork { get; } =
        new("new_network", 10, "The account was not used from this network in the last 90 days.");

    public static RiskSignal NewCountry { get; } =
        new("new_country", 30, "The account was not used from this country in the last 90 days.");

    public static RiskSignal ImpossibleSpeed { get; } =
        new("impossible_speed", 40, "Nobody travels so fast from the place of the last sign-in: over 900 km/h.");

    public static RiskSignal FailingAddress { get; } =
        new("failing_address", 40, "Sign-ins to other accounts have failed from this address in the last hour.");

    public static RiskSignal ListedNetwork { get; } =
        new("listed_network", 50, "The address is on the operator's list of networks to distrust.");

    public static IReadOnlyList<RiskSignal> All { get; } =
    [NewDevice, NewNetwork, NewCountry, ImpossibleSpeed, FailingAddress, ListedNetwork];
}

/// <summary>The step that a score leads to, in ascending order.</summary>
public enum RiskStep
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The person gets a notice by mail.</summary>
    Notice,

    /// <summary>The person proves a second factor or, without one, enters a mailed code.</summary>
    SecondFactor,

    /// <summary>The sign-in is refused unless the person uses a second factor.</summary>
    Refusal,
}

/// <summary>The result of judging a sign-in.</summary>
/// <param name="Score">The sum of the weights.</param>
/// <param name="Signals">The signals that fired.</param>
public sealed record RiskAssessment(int Score, IReadOnlyList<RiskSignal> Signals, RiskStep Step)
{
    /// <summary>No signal fired, or risk is off.</summary>
    public static RiskAssessment None { get; } = new(0, [], RiskStep.None);

    /// <summary>The names of the signals.</summary>
    public IEnumerable<string> Names => Signals.Select(static signal => signal.Name);
}
