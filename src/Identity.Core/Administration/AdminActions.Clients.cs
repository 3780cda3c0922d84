using Identity.Core.Audit;

namespace Identity.Core.Administration;

/// <summary>Actions on apps.</summary>
public static partial class AdminActions
{
    public static AdminAction ClientList { get; } =
        new(
            "client.list",
            AdminPermission.ClientsRead,
            null,
            AdminFace.At("/admin/apps"),
            AdminFace.At("GET /api/v1/clients"),
            AdminFace.At("clients list")
        );

    public static AdminAction ClientRead { get; } =
        new(
            "client.read",
            AdminPermission.ClientsRead,
            null,
            AdminFace.At("/admin/apps/app"),
            AdminFace.At("GET /api/v1/clients/{id}"),
            AdminFace.At("clients show")
        );

    public static AdminAction ClientCreate { get; } =
        new(
            "client.create",
            AdminPermission.ClientsWrite,
            AuditEventTypes.ClientAdded,
            AdminFace.At("/admin/apps/new"),
            AdminFace.At("POST /api/v1/clients"),
            AdminFace.At("clients add")
        );

    public static AdminAction ClientChange { get; } =
        new(
            "client.change",
            AdminPermission.ClientsWrite,
            AuditEventTypes.ClientChanged,
            AdminFace.At("/admin/apps/edit"),
            AdminFace.At("PUT /api/v1/clients/{id}"),
            AdminFace.At("clients set")
        );

    /// <summary>Adds one redirect URI, as proposed for a request that was refused. A code that goes to a wrong address
    /// is gone: a person proves who they are first.</summary>
    public static AdminAction ClientAllowAddress { get; } =
        new(
            "client.allow_address",
            AdminPermission.ClientsWrite,
            AuditEventTypes.ClientChanged,
            AdminFace.At("/admin/apps/app"),
            AdminFace.At("POST /api/v1/clients/{id}/redirect-uris"),
            AdminFace.None("The command changes the list of redirect URIs itself (clients set).")
        )
        {
            NeedsProof = true,
        };

    public static AdminAction ClientRemove { get; } =
        new(
            "client.remove",
            AdminPermission.ClientsWrite,
            AuditEventTypes.ClientRemoved,
            AdminFace.At("/admin/apps/app"),
            AdminFace.At("DELETE /api/v1/clients/{id}"),
            AdminFace.At("clients remove")
        )
        {
            NeedsProof = true,
        };

    public static AdminAction ClientSecretRotate { get; } =
        new(
            "client.secret.rotate",
            AdminPermission.ClientsSecrets,
            AuditEventTypes.ClientSecretRotated,
            AdminFace.At("/admin/apps/app"),
            AdminFace.At("POST /api/v1/clients/{id}/secrets"),
            AdminFace.At("clients rotate-secret")
        );

    public static AdminAction ClientSecretRevoke { get; } =
        new(
            "client.secret.revoke",
            AdminPermission.ClientsSecrets,
            AuditEventTypes.ClientSecretRevoked,
            AdminFace.At("/admin/apps/app"),
            AdminFace.At("DELETE /api/v1/clients/{id}/secrets/{secret}"),
            AdminFace.At("clients revoke-secret")
        )
        {
            NeedsProof = true,
        };

    private static AdminAction[] Clients =>
        [
            ClientList,
            ClientRead,
            ClientCreate,
            ClientChange,
            ClientAllowAddress,
            ClientRemove,
            ClientSecretRotate,
            ClientSecretRevoke,
        ];
}
