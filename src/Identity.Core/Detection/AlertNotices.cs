using System.Globalization;
using Identity.Core.Data;
using Identity.Core.Mail;
using Identity.Core.Primitives;
using Microsoft.Extensions.Options;

namespace Identity.Core.Detection;

/// <summary>Notifies the operators by mail: one mail per rule and run.</summary>
public sealed class AlertNotices(MailOutbox outbox, IOptions<DetectionOptions> options)
{
    // Enough for an overview; the list shows the rest.
    private const int MaxNamed = 5;

    internal async Task QueueAsync(
        DatabaseTransaction transaction,
        DetectionRule rule,
        IReadOnlyList<Alert> alerts,
        CancellationToken cancellationToken
    )
    {
        var named = alerts
            .Where(static alert => alert.Subject.Length > 0)
            .Take(MaxNamed)
            .Select(static alert => alert.Subject);
        foreach (var text in options.Value.MailTo.Distinct(StringComparer.OrdinalIgnoreCase))
        {
            MailMessage message = new(MailKind.SecurityAlert, EmailAddress.Parse(text), null, null)
            {
                Values = new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    ["rule"] = rule.Name,
                    ["title"] = rule.Title,
                    ["advice"] = rule.Advice,
                    ["count"] = alerts.Count.ToString(CultureInfo.InvariantCulture),
                    ["value"] = alerts.Max(static alert => alert.Value).ToString(CultureInfo.InvariantCulture),
                    ["threshold"] = alerts[0].Threshold.ToString(CultureInfo.InvariantCulture),
                    ["subjects"] = string.Join(", ", named) is { Length: > 0 } list ? list : "-",
                },
                Circumstances = new(alerts.Min(static alert => alert.OpenedAt), null, null),
            };
            await outbox.QueueAsync(transaction, message, cancellationToken);
        }
    }
}
