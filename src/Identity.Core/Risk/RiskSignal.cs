namespace Identity.Core.Risk;

// Risk owns how unusual a sign-in is, judged from what is stored of the person's sign-ins and of the address, and what
// should follow. It neither signs anybody in nor stops them: Pages/Flow does what it says, and detection (Detection)
// looks at everybody at once.

/// <summary>Something unusual about a sign-in.</summary>
/// <param name="Name">Its name in the audit log, in settings and in mail texts; it keeps its meaning once
/// released.</param>
/// <param name="Weight">What it adds to the score, where no setting says otherwise.</param>
/// <param name="Sentence">What it means, for an operator.</param>
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

/// <summary>What should follow, the mildest first.</summary>
public enum RiskStep
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The person is told by mail.</summary>
    Notice,

    /// <summary>The person proves a second factor, or where they have none, a code by mail.</summary>
    SecondFactor,

    /// <summary>The sign-in is refused, unless the person proves a second factor.</summary>
    Refusal,
}

/// <summary>How unusual a sign-in is.</summary>
/// <param name="Score">The sum of the weights.</param>
/// <param name="Signals">What fired.</param>
public sealed record RiskAssessment(int Score, IReadOnlyList<RiskSignal> Signals, RiskStep Step)
{
    /// <summary>Nothing unusual, or nobody looked.</summary>
    public static RiskAssessment None { get; } = new(0, [], RiskStep.None);

    /// <summary>The names of the signals.</summary>
    public IEnumerable<string> Names => Signals.Select(static signal => signal.Name);
}
