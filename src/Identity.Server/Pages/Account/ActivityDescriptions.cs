using System.Globalization;
using System.Text.Json;
using Identity.Core.Audit;

namespace Identity.Server.Pages.Account;

/// <summary>The security events that a person sees. Their texts are <c>Activity.&lt;type&gt;</c>; events that only an
/// operator needs are left out.</summary>
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
        AuditEventTypes.AccountSecured,
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
        AuditEventTypes.SignInRisk,
        AuditEventTypes.ConsentGranted,
        AuditEventTypes.ConsentDenied,
        AuditEventTypes.ConsentWithdrawn,
        AuditEventTypes.PersonalTokenCreated,
        AuditEventTypes.PersonalTokenFirstUsed,
        AuditEventTypes.PersonalTokenRevoked,
        AuditEventTypes.PersonalTokenExpired,
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

    /// <summary>A position in the list as a query parameter: microseconds, the precision of the database, and the
    /// row.</summary>
    public static string Write(AuditEntry last) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{(last.CreatedAt - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond}.{last.Id:N}"
        );

    /// <summary>The position in a query parameter; null for an invalid one, which means the start of the
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
