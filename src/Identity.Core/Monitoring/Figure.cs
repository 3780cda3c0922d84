namespace Identity.Core.Monitoring;

/// <summary>What was measured last.</summary>
/// <param name="Name">One of <see cref="ServiceMetric"/> or <see cref="FigureNames"/>.</param>
/// <param name="Value">Null where there was nothing to measure.</param>
public sealed record Figure(string Name, double? Value, DateTimeOffset MeasuredAt);

/// <summary>The figures beside the service metrics. Queues are counted to a hundred thousand.</summary>
public static class FigureNames
{
    public const string MailWaiting = "mail_waiting";
    public const string LogoutsWaiting = "logouts_waiting";
    public const string WebhooksWaiting = "webhooks_waiting";
    public const string LockedAccounts = "locked_accounts";
    public const string SessionOutliers = "session_outliers";

    /// <summary>All of them, as the overview shows them.</summary>
    public static IReadOnlyList<string> All { get; } =
    [LockedAccounts, SessionOutliers, MailWaiting, LogoutsWaiting, WebhooksWaiting];

    /// <summary>The lengths of queues, by the name that the meter gives each.</summary>
    public static IReadOnlyDictionary<string, string> Queues { get; } =
        new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["mail"] = MailWaiting,
            ["logout"] = LogoutsWaiting,
            ["webhooks"] = WebhooksWaiting,
        };
}
