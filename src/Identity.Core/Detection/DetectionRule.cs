namespace Identity.Core.Detection;

// Detection owns the rules for attacks and breakdowns, and the alerts about them: when one opens, when it closes, who
// is notified. It blocks nobody and changes nothing else: throttling and locking belong to other rooms.

/// <summary>A rule that runs every minute.</summary>
/// <param name="Name">Its name in <c>idp.alerts</c>, in settings and in metrics; a released name keeps its
/// meaning.</param>
/// <param name="Title">In one line, for people.</param>
/// <param name="Advice">What to do about it.</param>
/// <param name="Threshold">The highest value without an alert; one more opens one.</param>
/// <param name="Span">The window in which the rule counts; null for a rule about the current state.</param>
/// <param name="Quiet">How long nothing must be found before the alert closes; null closes it with the first run that
/// finds nothing.</param>
/// <param name="Function">The call of the SQL function that finds the subjects above the threshold.</param>
public sealed record DetectionRule(
    string Name,
    string Title,
    string Advice,
    long Threshold,
    TimeSpan? Span,
    TimeSpan? Quiet,
    string Function
)
{
    /// <summary>Whether it evaluates events, which can be evaluated again, and not the current state.</summary>
    public bool LooksBack => Function.Contains("@since", StringComparison.Ordinal);

    internal bool HasSpan => Function.Contains("@span", StringComparison.Ordinal);
}

/// <summary>The rules in the order in which they run.</summary>
public static class DetectionRules
{
    private static readonly TimeSpan FiveMinutes = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan TenMinutes = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    public static IReadOnlyList<DetectionRule> All { get; } =
    [
        new(
            "brute_force",
            "Many failed sign-ins",
            "See where they come from and which accounts they target: identity audit tail. Limits slow the attempts "
                + "down. If one network stands out, block it in front of the provider.",
            100,
            FiveMinutes,
            TenMinutes,
            "idp.detect_bursts(ARRAY['login'], ARRAY['failure', 'blocked'], false, @span, @threshold, @since, @until)"
        ),
        new(
            "credential_stuffing",
            "One network tries many accounts",
            "Block the network in front of the provider, unless many of your people share it. "
                + "Look for sign-ins that succeeded from it, and end their sessions: identity users end-sessions.",
            20,
            Hour,
            Hour,
            "idp.detect_spread('accounts', @span, @threshold, @since, @until)"
        ),
        new(
            "anomalous_sessions",
            "One person has many active sessions",
            "Ask the person. If the sessions are not theirs, end them all and require a new password.",
            10,
            null,
            null,
            "idp.detect_sessions(@threshold, @since, @until)"
        ),
        new(
            "distributed_guessing",
            "One account is tried from many networks",
            "Someone wants this account. Its owner should have a second factor or a passkey, and a password "
                + "used nowhere else.",
            10,
            Hour,
            Hour,
            "idp.detect_spread('networks', @span, @threshold, @since, @until)"
        ),
        new(
            "token_reuse",
            "A used token or code came back",
            "Its tokens have been revoked. Unless an app stores tokens wrongly, a token was stolen: end the person's "
                + "sessions and check the app.",
            0,
            Hour,
            Hour,
            "idp.detect_bursts(ARRAY['token_reuse', 'code_reuse'], ARRAY['success', 'failure', 'blocked', "
                + "'pending'], true, @span, @threshold, @since, @until)"
        ),
        new(
            "reset_spike",
            "Many password resets are requested",
            "Someone may be probing addresses or flooding mailboxes. Limits slow down each address and network. A bot "
                + "challenge (Identity:BotDefence) stops automated requests.",
            100,
            FiveMinutes,
            TenMinutes,
            "idp.detect_bursts(ARRAY['password_reset_request'], ARRAY['success', 'failure', 'blocked', "
                + "'pending'], false, @span, @threshold, @since, @until)"
        ),
        new(
            "lockout_spike",
            "Many accounts are locked",
            "Passwords are being guessed across accounts. Devices that people have used before still get in.",
            50,
            FiveMinutes,
            TenMinutes,
            "idp.detect_bursts(ARRAY['account_locked', 'attempts_paused'], ARRAY['success', 'failure', "
                + "'blocked', 'pending'], false, @span, @threshold, @since, @until)"
        ),
        new(
            "client_refusals",
            "Many requests from one app are refused",
            "An app was changed, its secret expired, or someone is misusing its name. identity explain says why each "
                + "request was refused.",
            100,
            TenMinutes,
            TenMinutes,
            "idp.detect_refusals(@span, @threshold, @since, @until)"
        ),
        new(
            "unusual_admin_sign_in",
            "An administrator signed in from a new country, or impossibly fast",
            "Ask the person. If it was not them, end their sessions (identity users end-sessions) and require "
                + "a new password.",
            0,
            Hour,
            Hour,
            "idp.detect_unusual_admins(@threshold, @since, @until)"
        ),
        new(
            "lost_logouts",
            "An app could not be told that sessions ended",
            "The app may keep people signed in. See identity logout list --client, correct its address and retry.",
            0,
            null,
            Hour,
            "idp.detect_lost_logouts(@threshold, @since, @until)"
        ),
        new(
            "waiting_mail",
            "Mail has been waiting (minutes)",
            "The mail server does not accept mail: identity doctor says why. Nothing is lost; mail goes out "
                + "when it answers.",
            15,
            null,
            null,
            "idp.detect_waiting_mail(@threshold, @until)"
        ),
        new(
            "unsealed_audit",
            "The audit log is not sealed (minutes)",
            "No instance runs maintenance, or a transaction has been open too long. Run: identity maintenance seals",
            60,
            null,
            null,
            "idp.detect_unsealed_audit(@threshold, @until)"
        ),
        new(
            EndingKeysThreshold.Rule,
            "A signing key expires soon and has no successor (hours left)",
            "When it expires, nobody can sign in. Run: identity keys rotate",
            14 * 24,
            null,
            null,
            "idp.detect_ending_keys(@threshold, @until)"
        ),
    ];

    /// <summary>The rule of this name; null if there is none.</summary>
    public static DetectionRule? Find(string name) => All.FirstOrDefault(rule => rule.Name == name);
}
