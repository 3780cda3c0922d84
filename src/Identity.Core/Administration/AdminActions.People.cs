using Identity.Core.Audit;

namespace Identity.Core.Administration;

/// <summary>The actions on people.</summary>
public static partial class AdminActions
{
    public static AdminAction UserList { get; } =
        new(
            "user.list",
            AdminPermission.UsersRead,
            null,
            AdminFace.At("/admin/people"),
            AdminFace.At("GET /api/v1/users"),
            AdminFace.At("users list")
        );

    public static AdminAction UserShow { get; } =
        new(
            "user.show",
            AdminPermission.UsersRead,
            null,
            AdminFace.At("/admin/people/{id}"),
            AdminFace.At("GET /api/v1/users/{id}"),
            AdminFace.At("users show")
        );

    public static AdminAction UserCreate { get; } =
        new(
            "user.create",
            AdminPermission.UsersWrite,
            AuditEventTypes.Registration,
            AdminFace.At("/admin/people/new"),
            AdminFace.At("POST /api/v1/users"),
            AdminFace.At("users add")
        );

    public static AdminAction UserProfile { get; } =
        new(
            "user.profile",
            AdminPermission.UsersWrite,
            AuditEventTypes.ProfileChanged,
            AdminFace.At("/admin/people/{id}/profile"),
            AdminFace.At("PATCH /api/v1/users/{id}"),
            AdminFace.None("A profile has many fields; the console shows them side by side.")
        );

    public static AdminAction UserEmail { get; } =
        new(
            "user.email",
            AdminPermission.UsersWrite,
            AuditEventTypes.EmailChanged,
            AdminFace.At("/admin/people/{id}/profile"),
            AdminFace.At("PUT /api/v1/users/{id}/email"),
            AdminFace.At("users set-email")
        )
        {
            NeedsProof = true,
        };

    public static AdminAction UserLock { get; } =
        new(
            "user.lock",
            AdminPermission.UsersLock,
            AuditEventTypes.AccountLocked,
            AdminFace.At("/admin/people/{id}"),
            AdminFace.At("POST /api/v1/users/{id}/lock"),
            AdminFace.At("users lock")
        );

    public static AdminAction UserUnlock { get; } =
        new(
            "user.unlock",
            AdminPermission.UsersLock,
            AuditEventTypes.AccountUnlocked,
            AdminFace.At("/admin/people/{id}"),
            AdminFace.At("POST /api/v1/users/{id}/unlock"),
            AdminFace.At("users unlock")
        );

    public static AdminAction UserDeactivate { get; } =
        new(
            "user.deactivate",
            AdminPermission.UsersLock,
            AuditEventTypes.AccountDisabled,
            AdminFace.At("/admin/people/{id}"),
            AdminFace.At("POST /api/v1/users/{id}/deactivate"),
            AdminFace.At("users deactivate")
        );

    public static AdminAction UserReactivate { get; } =
        new(
            "user.reactivate",
            AdminPermission.UsersLock,
            AuditEventTypes.AccountEnabled,
            AdminFace.At("/admin/people/{id}"),
            AdminFace.At("POST /api/v1/users/{id}/reactivate"),
            AdminFace.At("users reactivate")
        );

    public static AdminAction SessionEnd { get; } =
        new(
            "session.end",
            AdminPermission.UsersSessions,
            AuditEventTypes.SessionRevoked,
            AdminFace.At("/admin/people/{id}"),
            AdminFace.At("DELETE /api/v1/users/{id}/sessions/{session}"),
            AdminFace.None("A session is chosen from a list.")
        );

    public static AdminAction SessionEndAll { get; } =
        new(
            "session.end-all",
            AdminPermission.UsersSessions,
            AuditEventTypes.SessionRevoked,
            AdminFace.At("/admin/people/{id}"),
            AdminFace.At("DELETE /api/v1/users/{id}/sessions"),
            AdminFace.At("users end-sessions")
        );

    public static AdminAction GrantRevoke { get; } =
        new(
            "grant.revoke",
            AdminPermission.UsersSessions,
            AuditEventTypes.TokenRevoked,
            AdminFace.At("/admin/people/{id}"),
            AdminFace.At("DELETE /api/v1/users/{id}/grants/{family}"),
            AdminFace.At("grants end")
        );

    public static AdminAction PersonalTokenCreate { get; } =
        new(
            "personal-token.create",
            AdminPermission.UsersTokens,
            AuditEventTypes.PersonalTokenCreated,
            AdminFace.At("/admin/people/{id}"),
            AdminFace.At("POST /api/v1/users/{id}/personal-tokens"),
            AdminFace.At("users add-token")
        )
        {
            NeedsProof = true,
        };

    public static AdminAction PersonalTokenRevoke { get; } =
        new(
            "personal-token.revoke",
            AdminPermission.UsersSessions,
            AuditEventTypes.PersonalTokenRevoked,
            AdminFace.At("/admin/people/{id}"),
            AdminFace.At("DELETE /api/v1/users/{id}/personal-tokens/{token}"),
            AdminFace.At("users revoke-token")
        );

    public static AdminAction FactorRemove { get; } =
        new(
            "factor.remove",
            AdminPermission.UsersFactors,
            AuditEventTypes.TwoFactorDisabled,
            AdminFace.At("/admin/people/{id}"),
            AdminFace.At("POST /api/v1/users/{id}/factors/totp/remove"),
            AdminFace.At("users remove-factor")
        )
        {
            NeedsProof = true,
        };

    public static AdminAction PasskeyRemove { get; } =
        new(
            "passkey.remove",
            AdminPermission.UsersFactors,
            AuditEventTypes.PasskeyRemoved,
            AdminFace.At("/admin/people/{id}"),
            AdminFace.At("POST /api/v1/users/{id}/factors/{passkey}/remove"),
            AdminFace.None("A passkey is chosen from a list.")
        )
        {
            NeedsProof = true,
        };

    public static AdminAction ResetSend { get; } =
        new(
            "reset.send",
            AdminPermission.UsersRecover,
            AuditEventTypes.PasswordResetRequested,
            AdminFace.At("/admin/people/{id}"),
            AdminFace.At("POST /api/v1/users/{id}/password-reset"),
            AdminFace.At("users send-reset")
        );

    public static AdminAction UserSecure { get; } =
        new(
            "user.secure",
            AdminPermission.UsersRecover,
            AuditEventTypes.AccountSecured,
            AdminFace.At("/admin/people/{id}"),
            AdminFace.At("POST /api/v1/users/{id}/secure"),
            AdminFace.At("users secure")
        )
        {
            NeedsProof = true,
        };

    public static AdminAction VerificationSend { get; } =
        new(
            "verification.send",
            AdminPermission.UsersRecover,
            AuditEventTypes.EmailVerificationRequested,
            AdminFace.At("/admin/people/{id}"),
            AdminFace.At("POST /api/v1/users/{id}/verification"),
            AdminFace.None("People ask for it themselves; an operator sees in the console that it is missing.")
        );

    public static AdminAction UserExport { get; } =
        new(
            "user.export",
            AdminPermission.UsersExport,
            AuditEventTypes.DataExported,
            AdminFace.At("/admin/people/{id}"),
            AdminFace.At("POST /api/v1/users/{id}/export"),
            AdminFace.At("users copy")
        )
        {
            NeedsProof = true,
        };

    public static AdminAction UserErase { get; } =
        new(
            "user.erase",
            AdminPermission.UsersErase,
            AuditEventTypes.AccountDeleted,
            AdminFace.At("/admin/people/{id}"),
            AdminFace.At("POST /api/v1/users/{id}/erase"),
            AdminFace.At("users erase")
        )
        {
            NeedsProof = true,
        };

    private static AdminAction[] People =>
        [
            UserList,
            UserShow,
            UserCreate,
            UserProfile,
            UserEmail,
            UserLock,
            UserUnlock,
            UserDeactivate,
            UserReactivate,
            SessionEnd,
            SessionEndAll,
            GrantRevoke,
            PersonalTokenCreate,
            PersonalTokenRevoke,
            FactorRemove,
            PasskeyRemove,
            ResetSend,
            UserSecure,
            VerificationSend,
            UserExport,
            UserErase,
        ];
}
