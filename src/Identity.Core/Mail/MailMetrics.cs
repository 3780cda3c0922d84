using System.Diagnostics.Metrics;
using Identity.Core.Primitives;

namespace Identity.Core.Mail;

/// <summary>Counts the answers of SMTP servers.</summary>
internal static class MailMetrics
{
    private static readonly Counter<long> Deliveries = IdentityMeter.Instance.CreateCounter<long>(
        "identity.mail.deliveries",
        "{attempt}",
        "Attempts to hand a mail to the SMTP server."
    );

    /// <param name="mail">The mail; only its kind is recorded, never the recipient.</param>
    /// <param name="result"><c>sent</c>, <c>deferred</c> or <c>abandoned</c>.</param>
    public static void Count(ClaimedMail mail, string result) =>
        Deliveries.Add(1, new KeyValuePair<string, object?>("kind", mail.Kind), new("result", result));
}
