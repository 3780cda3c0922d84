using Identity.Core.Audit;

namespace Identity.Core.Administration;

/// <summary>Actions on invitations. An accepted invitation creates an account, so they need the permission for
/// that.</summary>
public static partial class AdminActions
{
    private const string InvitationPage = "/admin/invitations";

    public static AdminAction InvitationList { get; } =
        new(
            "invitation.list",
            AdminPermission.UsersRead,
            null,
            AdminFace.At(InvitationPage),
            AdminFace.At("GET /api/v1/invitations"),
            AdminFace.At("invitations list")
        );

    public static AdminAction InvitationSend { get; } =
        new(
            "invitation.send",
            AdminPermission.UsersWrite,
            AuditEventTypes.InvitationSent,
            AdminFace.At(InvitationPage),
            AdminFace.At("POST /api/v1/invitations"),
            AdminFace.At("invitations send")
        );

    public static AdminAction InvitationResend { get; } =
        new(
            "invitation.resend",
            AdminPermission.UsersWrite,
            AuditEventTypes.InvitationSent,
            AdminFace.At(InvitationPage),
            AdminFace.At("POST /api/v1/invitations/{id}/resend"),
            AdminFace.At("invitations resend")
        );

    public static AdminAction InvitationWithdraw { get; } =
        new(
            "invitation.withdraw",
            AdminPermission.UsersWrite,
            AuditEventTypes.InvitationWithdrawn,
            AdminFace.At(InvitationPage),
            AdminFace.At("DELETE /api/v1/invitations/{id}"),
            AdminFace.At("invitations withdraw")
        );

    private static AdminAction[] Invitations => [InvitationList, InvitationSend, InvitationResend, InvitationWithdraw];
}
