namespace Identity.Core.Sessions;

/// <summary> The authentication contexts of this provider (<c>acr</c>, OIDC Core section 2), after the levels of NIST
/// SP 800-63B: <c>aal1</c> is one factor, <c>aal2</c> is two, or one that counts as two, such as a passkey with user
/// verification. It is derived from the session's <c>amr</c>, so it is correct by construction (MF-8).
/// </summary>
public static class AuthenticationContext
{
    public const string OneFactor = "aal1";
    public const string TwoFactors = "aal2";

    /// <summary>For <c>acr_values_supported</c>, weakest first.</summary>
    public static IReadOnlyList<string> Supported { get; } = [OneFactor, TwoFactors];

    /// <summary>The context that these methods (RFC 8176) reach: <c>mfa</c> is in the list whenever two factors were
    /// used.</summary>
    public static string Of(IEnumerable<string> amr) =>
        amr.Contains("mfa", StringComparer.Ordinal) ? TwoFactors : OneFactor;

    /// <summary>Whether a session that reached <paramref name="reached"/> satisfies <paramref name="wanted"/>: a
    /// stronger context includes the weaker ones.</summary>
    public static bool Satisfies(string? reached, string wanted) =>
        Rank(wanted) is >= 0 and var needed && Rank(reached ?? OneFactor) >= needed;

    /// <summary> What a request for contexts requires of a session (<c>acr_values</c> in order of preference, OIDC Core
    /// 3.1.2.1; RFC 9470 section 4). Any context that is met is enough; unknown ones are ignored if they are voluntary.
    /// </summary>
    /// <param name="essential">Whether the context is essential (<c>claims</c> with an essential <c>acr</c>, or a
    /// challenge by RFC 9470).</param>
    public static ContextDemand Judge(IReadOnlyList<string> wanted, string? reached, bool essential)
    {
        if (wanted.Count == 0 || wanted.Any(context => Satisfies(reached, context)))
            return ContextDemand.Met;
        var known = wanted.Where(static context => Rank(context) >= 0).ToArray();
        if (known.Length > 0)
            return ContextDemand.StepUp;
        return essential ? ContextDemand.Impossible : ContextDemand.Met;
    }

    private static int Rank(string context) =>
        context switch
        {
            OneFactor => 0,
            TwoFactors => 1,
            _ => -1,
        };
}

/// <summary>What must happen before a request for an authentication context can be answered.</summary>
public enum ContextDemand
{
    /// <summary>Nothing.</summary>
    Met,

    /// <summary>The person has to use a second factor. With <c>prompt=none</c>: <c>interaction_required</c>.</summary>
    StepUp,

    /// <summary>No person can reach it here: <c>unmet_authentication_requirements</c>.</summary>
    Impossible,
}
