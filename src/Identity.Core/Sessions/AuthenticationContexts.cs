namespace Identity.Core.Sessions;

/// <summary>
/// The authentication contexts that this provider tells apart, as values of <c>acr</c> (OIDC Core 2): by one factor, or by two. A client asks for one in
/// <c>acr_values</c>. A browser that may leave out the second factor reaches the lower one only: the factor was not shown (MF-8).
/// </summary>
public static class AuthenticationContexts
{
    /// <summary>One factor, such as a password.</summary>
    public const string OneFactor = "urn:identity:acr:1fa";

    /// <summary>Two factors in this session, such as a password and a code of an authenticator app.</summary>
    public const string TwoFactors = "urn:identity:acr:2fa";

    /// <summary>All of them, the lower first.</summary>
    public static IReadOnlyList<string> All { get; } = [OneFactor, TwoFactors];

    /// <summary>What these methods (RFC 8176) reach.</summary>
    public static string Of(IEnumerable<string> amr) => amr.Contains("mfa") ? TwoFactors : OneFactor;

    /// <summary>
    /// Whether a client insists on two factors: it names that context, and not the lower one as well. Values that this provider does not know ask for nothing;
    /// <c>acr_values</c> are wishes (OIDC Core 3.1.2.1).
    /// </summary>
    public static bool AskForTwoFactors(IEnumerable<string>? acrValues) =>
        acrValues?.ToArray() is { } asked && asked.Contains(TwoFactors, StringComparer.Ordinal) && !asked.Contains(OneFactor, StringComparer.Ordinal);
}
