using Identity.Core.Audit;

namespace Identity.Core.Administration;

/// <summary>What is done to the outbox.</summary>
public static partial class AdminActions
{
    public static AdminAction MailList { get; } =
        new(
            "mail.list",
            AdminPermission.MailRead,
            null,
            AdminFace.At("/admin/mail"),
            AdminFace.None(NoApi),
            AdminFace.At("mail list")
        );

    public static AdminAction MailRetry { get; } =
        new(
            "mail.retry",
            AdminPermission.MailWrite,
            AuditEventTypes.MailRetried,
            AdminFace.At("/admin/mail"),
            AdminFace.None(NoApi),
            AdminFace.At("mail retry")
        );

    /// <summary>Goes past the outbox, and its text is fixed: it says that it is a test.</summary>
    public static AdminAction MailTest { get; } =
        new(
            "mail.test",
            AdminPermission.MailWrite,
            AuditEventTypes.MailTested,
            AdminFace.At("/admin/mail"),
            AdminFace.None(NoApi),
            AdminFace.At("mail test")
        );

    private static AdminAction[] Mail => [MailList, MailRetry, MailTest];
}
