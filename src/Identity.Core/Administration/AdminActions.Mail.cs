using Identity.Core.Audit;

namespace Identity.Core.Administration;

/// <summary>Actions on the mail outbox.</summary>
public static partial class AdminActions
{
    public static AdminAction MailList { get; } =
        new(
            "mail.list",
            AdminPermission.MailRead,
            null,
            AdminFace.At("/admin/mail"),
            AdminFace.At("GET /api/v1/mail"),
            AdminFace.At("mail list")
        );

    public static AdminAction MailRetry { get; } =
        new(
            "mail.retry",
            AdminPermission.MailWrite,
            AuditEventTypes.MailRetried,
            AdminFace.At("/admin/mail"),
            AdminFace.At("POST /api/v1/mail/retry"),
            AdminFace.At("mail retry")
        );

    /// <summary>The test mail bypasses the outbox. Its text is fixed and says that it is a test.</summary>
    public static AdminAction MailTest { get; } =
        new(
            "mail.test",
            AdminPermission.MailWrite,
            AuditEventTypes.MailTested,
            AdminFace.At("/admin/mail"),
            AdminFace.At("POST /api/v1/mail/test"),
            AdminFace.At("mail test")
        );

    private static AdminAction[] Mail => [MailList, MailRetry, MailTest];
}
