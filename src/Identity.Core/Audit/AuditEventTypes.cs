namespace Identity.Core.Audit;

/// <summary>The names of security events. A name, once released, keeps its meaning: alerts and reports count by
/// it.</summary>
public static class AuditEventTypes
{
    public const string Registration = "registration";
    public const string Login = "login";
    public const string Logout = "logout";
    public const string AccountLocked = "account_locked";
    public const string AttemptsPaused = "attempts_paused";
    public const string AccountUnlocked = "account_unlocked";
    public const string AccountDisabled = "account_disabled";
    public const string AccountEnabled = "account_enabled";
    public const string AccountDeleted = "account_deleted";
    public const string ProfileChanged = "profile_changed";
    public const string PasswordChanged = "password_change";
    public const string PasswordReset = "password_reset_complete";
    public const string PasswordResetRequested = "password_reset_request";
    public const string PasswordRehashed = "password_rehashed";
    public const string EmailVerificationRequested = "email_verification_requested";
    public const string EmailVerified = "email_verification";
    public const string EmailChangeRequested = "email_change_requested";
    public const string EmailChanged = "email_changed";
    public const string EmailChangeReverted = "email_change_reverted";
    public const string TwoFactorEnabled = "2fa_enabled";
    public const string TwoFactorDisabled = "2fa_disabled";
    public const string TwoFactorChallenge = "two_factor_challenge";
    public const string RecoveryCodeUsed = "recovery_code_used";
    public const string RecoveryCodesReplaced = "recovery_codes_replaced";
    public const string PasskeyAdded = "passkey_added";
    public const string PasskeyRemoved = "passkey_removed";
    public const string PasskeySignal = "passkey_signal";
    public const string SessionStarted = "session_started";
    public const string SessionRevoked = "session_revoked";
    public const string SessionExpired = "session_expired";
    public const string StepUp = "step_up";
    public const string ConsentGranted = "consent_granted";
    public const string ConsentDenied = "consent_denied";
    public const string ConsentWithdrawn = "consent_withdrawn";
    public const string TokenIssued = "token_issued";
    public const string TokenRefreshed = "token_refreshed";
    public const string TokenExchanged = "token_exchanged";
    public const string TokenReuse = "token_reuse";
    public const string TokenRevoked = "token_revoked";
    public const string CodeReuse = "code_reuse";
    public const string ClientAuthentication = "client_authentication";
    public const string ClientAdded = "client_added";
    public const string ClientChanged = "client_changed";
    public const string ClientSecretRotated = "client_secret_rotated";
    public const string ClientRemoved = "client_removed";
    public const string ClientSecretRevoked = "client_secret_revoked";
    public const string ScopeAdded = "scope_added";
    public const string ScopeChanged = "scope_changed";
    public const string ScopeRemoved = "scope_removed";
    public const string RegistrationTokenCreated = "registration_token_created";
    public const string SigningKeyRotated = "signing_key_rotated";
    public const string BackupRestored = "backup_restored";
    public const string SecurityAlert = "security_alert";
    public const string AlertAcknowledged = "alert_acknowledged";
    public const string MagicLinkRequested = "magic_link_requested";
    public const string TrustedDeviceAdded = "trusted_device_added";
    public const string TrustedDeviceRemoved = "trusted_device_removed";
    public const string PasskeyRenamed = "passkey_renamed";
    public const string ExternalLoginAdded = "external_login_added";
    public const string ExternalLoginRemoved = "external_login_removed";
    public const string DataExported = "data_exported";
    public const string AdminRefused = "admin_refused";
}
