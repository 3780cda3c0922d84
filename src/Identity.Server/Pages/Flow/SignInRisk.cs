using Identity.Core.Denials;
using Identity.Core.Primitives;
using Identity.Core.Risk;
using Identity.Core.Sessions;
using Identity.Core.TwoFactor;
using Identity.Server.Browser;

namespace Identity.Server.Pages.Flow;

/// <summary>Carries out the step of an unusual sign-in. A second factor or a passkey always satisfies it.</summary>
internal sealed class SignInRisk(RiskJudge judge, MailedCodes codes, DenialRecorder denials, TimeProvider time)
{
    private const string Endpoint = "SignIn";
    private const string Rule = nameof(SignInRisk);

    /// <summary>The <c>amr</c> value of a mailed code. RFC 8176 does not define one.</summary>
    public const string MailedCode = "email";

    /// <summary>Whether a mailed code is due: a person without a second factor proves access to the account's
    /// mailbox.</summary>
    public static bool NeedsMailedCode(SignInState signIn) =>
        signIn.Risk.Step >= RiskStep.SecondFactor
        && !signIn.User.TwoFactorEnabled
        && !signIn.Amr.Contains("mfa")
        && !signIn.Amr.Contains(MailedCode);

    /// <summary>Whether the sign-in is refused. A person with a second factor is asked for it instead.</summary>
    public static bool Refuses(SignInState signIn) =>
        signIn.Risk.Step == RiskStep.Refusal && !signIn.User.TwoFactorEnabled && !signIn.Amr.Contains("mfa");

    /// <summary>The signals for the audit row and the notice.</summary>
    public static SignInSigns? SignsOf(RiskAssessment risk) =>
        risk.Signals.Count == 0 ? null : new([.. risk.Names], risk.Score, risk.Step >= RiskStep.Notice);

    /// <summary>Judges the sign-in, once in a request.</summary>
    public async Task<RiskAssessment> JudgeAsync(HttpContext http, Guid userId, CancellationToken cancellationToken)
    {
        var key = (typeof(SignInRisk), userId);
        if (http.Items.TryGetValue(key, out var known) && known is RiskAssessment assessment)
            return assessment;
        assessment = await judge.JudgeAsync(userId, http.ReadRequestContext(), cancellationToken);
        http.Items[key] = assessment;
        return assessment;
    }

    /// <summary>Mails a code for the pending sign-in. Returns false if none is sent.</summary>
    public Task<bool> SendCodeAsync(HttpContext http, OpaqueToken challenge, Guid userId) =>
        codes.SendAsync(challenge, userId, http.ReadRequestContext(), http.RequestAborted);

    /// <summary>Records the signals and the step for the audit log and for <c>identity explain</c>.</summary>
    public async Task RecordAsync(
        HttpContext http,
        SignInState signIn,
        bool isRefused,
        CancellationToken cancellationToken
    )
    {
        await judge.RecordAsync(signIn.User.Id, signIn.Risk, isRefused, http.ReadRequestContext(), cancellationToken);
        denials.Offer(
            new(
                http.GetCorrelationId(),
                time.GetUtcNow(),
                Endpoint,
                Rule,
                isRefused ? "sign_in_refused" : "second_factor_required",
                string.Join(' ', signIn.Risk.Signals.Select(static signal => signal.Sentence)),
                (await http.ReadAuthorizationAsync(signIn.ReturnUrl))?.ClientId,
                isRefused ? "a second factor, or a lower score" : "a second factor or a code by mail",
                judge.Explain(signIn.Risk)
            )
        );
    }
}
