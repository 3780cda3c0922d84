using Identity.Core.Credentials;
using Identity.Core.Grants;
using Identity.Core.Sessions;
using Identity.Core.TwoFactor;
using Identity.Server.Browser;

namespace Identity.Server.Pages.Flow;

/// <summary>The outcome of a typed code, and what it proves.</summary>
/// <param name="Amr">In addition to the first factor (RFC 8176). A recovery code is a second factor, but not a one-time
/// password of a device.</param>
internal sealed record SecondFactorAnswer(SecondFactorResult Result, string[] Amr);

/// <summary>Checks a typed code: a code of the app or a recovery code. The rooms enforce limits and single use (MF-1,
/// MF-6, BF-4).</summary>
internal sealed class SecondFactor(TotpAuthenticator authenticator, RecoveryCodeSet recovery)
{
    private const int DigitsOfApp = 6;

    /// <summary>A code of the authenticator app.</summary>
    public async Task<SecondFactorAnswer> CheckAppCodeAsync(HttpContext http, CredentialProof proof, string? typed) =>
        new(
            await authenticator.VerifyAsync(
                proof,
                WithoutSpaces(typed),
                http.ReadRequestContext(),
                http.RequestAborted
            ),
            ["otp", "mfa"]
        );

    /// <summary>A recovery code.</summary>
    public async Task<SecondFactorAnswer> CheckRecoveryCodeAsync(
        HttpContext http,
        CredentialProof proof,
        string? typed
    ) => new(await recovery.RedeemAsync(proof, typed, http.ReadRequestContext(), http.RequestAborted), ["mfa"]);

    /// <summary>Either, decided by its length: the shortest possible recovery code is longer than six
    /// characters.</summary>
    public Task<SecondFactorAnswer> CheckAnyAsync(HttpContext http, CredentialProof proof, string? typed) =>
        WithoutSpaces(typed) is { Length: > DigitsOfApp }
            ? CheckRecoveryCodeAsync(http, proof, typed)
            : CheckAppCodeAsync(http, proof, typed);

    /// <summary>Whether a client requires two factors (MF-8), so that the password alone is not enough.</summary>
    public static bool IsAskedFor(AuthorizationContext? request) =>
        request is not null
        && AuthenticationContext.Judge(request.AcrValues, AuthenticationContext.OneFactor, essential: false)
            == ContextDemand.StepUp;

    /// <summary>Apps show the digits in groups, and people type them in groups.</summary>
    public static string? WithoutSpaces(string? typed) =>
        typed is { Length: <= 64 } ? typed.Replace(" ", "", StringComparison.Ordinal) : typed;
}
