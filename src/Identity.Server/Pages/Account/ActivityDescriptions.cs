using System.Globalization;
using System.Text.Json;
using Identity.Core.Audit;

namespace Identity.Server.Pages.Account;

/// <summary>Which security events a person is shown. The words are <c>Activity.&lt;type&gt;</c> of the account's texts;
/// what only an operator needs is left out.</summary>
internal static class ActivityDescriptions
{
    public static readonly string[] Shown =
    [
        AuditEventTypes.Registration,
        AuditEventTypes.Login,
        AuditEventTypes.Logout,
        AuditEventTypes.AccountLocked,
        AuditEventTypes.AttemptsPaused,
        AuditEventTypes.AccountUnlocked,
        AuditEventTypes.AccountDisabled,
        AuditEventTypes.AccountEnabled,
        AuditEventTypes.ProfileChanged,
        AuditEventTypes.PasswordChanged,
        AuditEventTypes.PasswordReset,
        AuditEventTypes.PasswordResetRequested,
        AuditEventTypes.EmailVerificationRequested,
        AuditEventTypes.EmailVerified,
        AuditEventTypes.EmailChangeRequested,
        AuditEventTypes.EmailChanged,
        AuditEventTypes.EmailChangeReverted,
        AuditEventTypes.TwoFactorEnabled,
        AuditEventTypes.TwoFactorDisabled,
        AuditEventTypes.TwoFactorChallenge,
        AuditEventTypes.RecoveryCodeUsed,
        AuditEventTypes.RecoveryCodesReplaced,
        AuditEventTypes.PasskeyAdded,
        AuditEventTypes.PasskeyRemoved,
        AuditEventTypes.PasskeyRenamed,
        AuditEventTypes.PasskeySignal,
        AuditEventTypes.SessionRevoked,
        AuditEventTypes.SessionExpired,
        AuditEventTypes.StepUp,
        AuditEventTypes.ConsentGranted,
        AuditEventTypes.ConsentDenied,
        AuditEventTypes.ConsentWithdrawn,
        AuditEventTypes.TokenReuse,
        AuditEventTypes.MagicLinkRequested,
        AuditEventTypes.TrustedDeviceAdded,
        AuditEventTypes.TrustedDeviceRemoved,
        AuditEventTypes.ExternalLoginAdded,
        AuditEventTypes.ExternalLoginRemoved,
        AuditEventTypes.DataExported,
    ];

    /// <summary>The client that an event names, or null.</summary>
    public static string? ClientOf(AuditEntry entry)
    {
        using var details = JsonDocument.Parse(entry.DetailsJson);
        return
            details.RootElement.ValueKind == JsonValueKind.Object
            && details.RootElement.TryGetProperty("client_id", out var client)
            && client.ValueKind == JsonValueKind.String
            ? client.GetString()
            : null;
    }

    /// <summary>A place in the list as a query parameter: microseconds, which is what the database keeps, and the
    /// row.</summary>
    public static string Write(AuditEntry last) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{(last.CreatedAt - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond}.{last.Id:N}"
        );

    /// <summary>The place that a query parameter names; null for anything else, which is the start of the
    /// list.</summary>
    public static AuditPlace? Read(string? text)
    {
        if (
            text?.Split('.') is not [{ Length: <= 17 } number, { Length: 32 } id]
            || !long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds)
            || microseconds > (DateTimeOffset.MaxValue - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond
            || !Guid.TryParseExact(id, "N", out var row)
        )
            return null;
        return new(DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond), row);
    }
}
