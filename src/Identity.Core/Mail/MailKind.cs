using System.Collections.Frozen;

namespace Identity.Core.Mail;

// Mail owns the mails to people: their texts, the outbox in which a mail waits from the transaction that queued it, and
// its delivery over SMTP. It does not decide when to send one, and no page waits for a delivery (RV-10).

/// <summary>The kind of a mail.</summary>
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
    SecurityAlert,
    Test,
    AdminRoleGranted,
    AdminRoleWithdrawn,
    Invitation,
    AccountUnlocked,
    AccountDeactivated,
    SessionsEnded,
    FactorRemoved,
    PasskeyWithdrawn,
    DataCopied,
    UnusualSignIn,
    SignInRefused,
    SignInCode,
    AccountSecured,
    SignUpInvitation,
    MailCode,
    PersonalTokenCreated,
    PersonalTokenRevoked,
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
        [MailKind.SecurityAlert] = "security_alert",
        [MailKind.Test] = "test",
        [MailKind.AdminRoleGranted] = "admin_role_granted",
        [MailKind.AdminRoleWithdrawn] = "admin_role_withdrawn",
        [MailKind.Invitation] = "invitation",
        [MailKind.AccountUnlocked] = "account_unlocked",
        [MailKind.AccountDeactivated] = "account_deactivated",
        [MailKind.SessionsEnded] = "sessions_ended",
        [MailKind.FactorRemoved] = "factor_removed",
        [MailKind.PasskeyWithdrawn] = "passkey_withdrawn",
        [MailKind.DataCopied] = "data_copied",
        [MailKind.UnusualSignIn] = "unusual_sign_in",
        [MailKind.SignInRefused] = "sign_in_refused",
        [MailKind.SignInCode] = "sign_in_code",
        [MailKind.AccountSecured] = "account_secured",
        [MailKind.SignUpInvitation] = "sign_up_invitation",
        [MailKind.MailCode] = "mail_code",
        [MailKind.PersonalTokenCreated] = "personal_token_created",
        [MailKind.PersonalTokenRevoked] = "personal_token_revoked",
    }.ToFrozenDictionary();

    /// <summary>The name in the outbox and in the keys of the texts. A released name keeps its meaning.</summary>
    public static string Name(this MailKind kind) => Names[kind];

    /// <summary>Whether anyone who types an address can trigger it.</summary>
    public static bool IsAskedFor(this MailKind kind) =>
        kind
            is MailKind.VerifyEmail
                or MailKind.EmailAlreadyRegistered
                or MailKind.PasswordReset
                or MailKind.MagicLink
                or MailKind.MailCode
                or MailKind.EmailChangeConfirm;

    /// <summary>Whether it reports something that a stranger can do only with access to the account, so that its owner
    /// may want to secure the account.</summary>
    public static bool OffersToSecure(this MailKind kind) =>
        kind
            is MailKind.PasswordChanged
                or MailKind.NewDevice
                or MailKind.UnusualSignIn
                or MailKind.SignInRefused
                or MailKind.TwoFactorEnabled
                or MailKind.TwoFactorDisabled
                or MailKind.RecoveryCodesReplaced
                or MailKind.RecoveryCodeUsed
                or MailKind.PasskeyAdded
                or MailKind.PasskeyRemoved
                or MailKind.ExternalLoginAdded
                or MailKind.ExternalLoginRemoved
                or MailKind.PersonalTokenCreated
                or MailKind.PersonalTokenRevoked;

    /// <summary>The names of the mails that share an allowance with this one.</summary>
    public static string[] NamesOf(MailAllowance allowance) =>
        [.. Names.Keys.Where(kind => kind.Allowance() == allowance).Select(Name)];

    /// <summary>The allowance that a mail counts against.</summary>
    public static MailAllowance Allowance(this MailKind kind) =>
        kind.IsAskedFor() ? MailAllowance.AskedFor
        : kind is MailKind.AccountLocked ? MailAllowance.Lock
        : kind is MailKind.SignInCode ? MailAllowance.Code
        : MailAllowance.Notice;
}

/// <summary> Who can trigger a mail. An allowance belongs to one recipient, covers all its kinds and is independent of
/// the others. Otherwise a stranger who requests links, or locks an account with wrong passwords, could use up its
/// owner's notices.
/// </summary>
internal enum MailAllowance
{
    /// <summary>Anyone who types an address.</summary>
    AskedFor,

    /// <summary>Anyone who gives wrong passwords.</summary>
    Lock,

    /// <summary>Anyone who knows the password, and nothing else.</summary>
    Code,

    /// <summary>Somebody with the account's credentials.</summary>
    Notice,
}
