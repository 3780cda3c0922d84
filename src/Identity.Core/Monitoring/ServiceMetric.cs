namespace Identity.Core.Monitoring;

// Monitoring owns the figures by which the service as a whole is judged: sign-ins by the minute, the five service
// metrics and their targets, the lengths of queues, and which programs run. It measures what other rooms write and
// changes nothing of theirs. What deserves an alert is decided by the room Detection.

/// <summary>One of the five figures that have a target.</summary>
/// <param name="Name">As <c>idp.service_metrics()</c> names it.</param>
/// <param name="Instrument">What it is called on the meter.</param>
/// <param name="Unit">In UCUM: <c>%</c>, <c>ms</c>, or what is counted.</param>
/// <param name="Target">The border. A value that equals it misses the target.</param>
/// <param name="IsAbove">Whether a good value lies above the border, not below it.</param>
public sealed record ServiceMetric(
    string Name,
    string Instrument,
    string Unit,
    double Target,
    bool IsAbove,
    string Description
)
{
    /// <summary>The five.</summary>
    public static IReadOnlyList<ServiceMetric> All { get; } =
    [
        new(
            "authentication_success_rate",
            "identity.authentication.success_rate",
            "%",
            95,
            IsAbove: true,
            "Sign-ins of the last 24 hours that succeeded."
        ),
        new(
            "session_validation",
            "identity.sessions.validation_time",
            "ms",
            5,
            IsAbove: false,
            "What the database needs to validate a session, on average over a sample."
        ),
        new(
            "failed_login_rate",
            "identity.authentication.failure_rate",
            "%",
            5,
            IsAbove: false,
            "Sign-ins of the last 24 hours that failed or were blocked."
        ),
        new(
            "account_lockouts",
            "identity.accounts.lockout_rate",
            "%",
            1,
            IsAbove: false,
            "Accounts that were locked within the last 24 hours."
        ),
        new(
            "active_sessions_per_user",
            "identity.sessions.active_per_user",
            "{session}",
            5,
            IsAbove: false,
            "Active sessions of a person who has any, on average over a sample."
        ),
    ];

    /// <summary>Whether a value meets the target; null where nothing could be measured.</summary>
    public bool? IsMetBy(double? value) =>
        value is not { } measured ? null
        : IsAbove ? measured > Target
        : measured < Target;
}
