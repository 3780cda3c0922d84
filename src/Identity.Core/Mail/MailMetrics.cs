using System.Diagnostics.Metrics;
using Identity.Core.Primitives;

namespace Identity.Core.Mail;

/// <summary>What SMTP servers said to our mails.</summary>
internal static class MailMetrics
{
    private static readonly Counter<long> Deliveries = IdentityMeter.Instance.CreateCounter<long>(
        "identity.mail.deliveries",
        "{attempt}",
        "Attempts to hand a mail to the SMTP server."
    );

    /// <param name="mail">Of which the kind is told, never to whom.</param>
    /// <param name="result"><c>sent</c>, <c>deferred</c> or <c>abandoned</c>.</param>
    public static void Count(ClaimedMail mail, string result) =>
        Deliveries.Add(1, new KeyValuePair<string, object?>("kind", mail.Kind), new("result", result));
}
