using System.Collections.Frozen;

namespace Identity.Core.Mail;

// Mail owns what is written to people: the words, the outbox that a mail waits in from the transaction that asked for
// it, and its delivery over SMTP.
// It does not decide when to write, and no page ever waits for it (RV-10).

/// <summary>What a mail is about.</summary>
public enum MailKind
{
    VerifyEmail,
    EmailAlreadyRegistered,
    PasswordReset,
    MagicLink,
    EmailChangeConfirm,
    EmailChangeNotice,
    PasswordChanged,
    NewDevice,
    AccountLocked,
    TwoFactorEnabled,
    TwoFactorDisabled,
    RecoveryCodesReplaced,
    RecoveryCodeUsed,
    PasskeyAdded,
    PasskeyRemoved,
    ExternalLoginAdded,
    ExternalLoginRemoved,
    AccountDeleted,
}

internal static class MailKinds
{
    private static readonly FrozenDictionary<MailKind, string> Names = new Dictionary<MailKind, string>
    {
        [MailKind.VerifyEmail] = "verify_email",
        [MailKind.EmailAlreadyRegistered] = "email_already_registered",
        [MailKind.PasswordReset] = "password_reset",
        [MailKind.MagicLink] = "magic_link",
        [MailKind.EmailChangeConfirm] = "email_change_confirm",
        [MailKind.EmailChangeNotice] = "email_change_notice",
        [MailKind.PasswordChanged] = "password_changed",
        [MailKind.NewDevice] = "new_device",
        [MailKind.AccountLocked] = "account_locked",
        [MailKind.TwoFactorEnabled] = "two_factor_enabled",
        [MailKind.TwoFactorDisabled] = "two_factor_disabled",
        [MailKind.RecoveryCodesReplaced] = "recovery_codes_replaced",
        [MailKind.RecoveryCodeUsed] = "recovery_code_used",
        [MailKind.PasskeyAdded] = "passkey_added",
        [MailKind.PasskeyRemoved] = "passkey_removed",
        [MailKind.ExternalLoginAdded] = "external_login_added",
        [MailKind.ExternalLoginRemoved] = "external_login_removed",
        [MailKind.AccountDeleted] = "account_deleted",
    }.ToFrozenDictionary();

    /// <summary>As it stands in the outbox and in the keys of the texts. It keeps its meaning once released.</summary>
    public static string Name(this MailKind kind) => Names[kind];

    /// <summary>Whether anyone who types an address can cause it. Such mails are capped apart, so that a flood of them
    /// cannot hold a notice back.</summary>
    public static bool IsAskedFor(this MailKind kind) =>
        kind
            is MailKind.VerifyEmail
                or MailKind.EmailAlreadyRegistered
                or MailKind.PasswordReset
                or MailKind.MagicLink
                or MailKind.EmailChangeConfirm;
}
