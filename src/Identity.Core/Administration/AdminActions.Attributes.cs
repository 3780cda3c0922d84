using Identity.Core.Audit;

namespace Identity.Core.Administration;

/// <summary>Actions on attributes of people and on claim mappings.</summary>
public static partial class AdminActions
{
    public static AdminAction AttributeList { get; } =
        new(
            "attribute.list",
            AdminPermission.UsersRead,
            null,
            AdminFace.At("/admin/attributes"),
            AdminFace.At("GET /api/v1/attributes"),
            AdminFace.At("attributes list")
        );

    public static AdminAction AttributeDefine { get; } =
        new(
            "attribute.define",
            AdminPermission.UsersWrite,
            AuditEventTypes.AttributeDefined,
            AdminFace.At("/admin/attributes/edit"),
            AdminFace.At("PUT /api/v1/attributes/{name}"),
            AdminFace.At("attributes define")
        );

    public static AdminAction AttributeRemove { get; } =
        new(
            "attribute.remove",
            AdminPermission.UsersWrite,
            AuditEventTypes.AttributeRemoved,
            AdminFace.At("/admin/attributes/edit"),
            AdminFace.At("DELETE /api/v1/attributes/{name}"),
            AdminFace.At("attributes remove")
        )
        {
            NeedsProof = true,
        };

    public static AdminAction AttributeSet { get; } =
        new(
            "attribute.set",
            AdminPermission.UsersWrite,
            AuditEventTypes.AttributeChanged,
            AdminFace.At("/admin/people/{id}/profile"),
            AdminFace.At("PUT /api/v1/users/{id}/attributes/{name}"),
            AdminFace.At("attributes set")
        );

    public static AdminAction ClaimMappingList { get; } =
        new(
            "claim_mapping.list",
            AdminPermission.ClientsRead,
            null,
            AdminFace.At("/admin/claims"),
            AdminFace.At("GET /api/v1/claim-mappings"),
            AdminFace.At("claims list")
        );

    public static AdminAction ClaimMappingChange { get; } =
        new(
            "claim_mapping.change",
            AdminPermission.ClientsWrite,
            AuditEventTypes.ClaimMappingChanged,
            AdminFace.At("/admin/claims/edit"),
            AdminFace.At("PUT /api/v1/claim-mappings"),
            AdminFace.At("claims map")
        );

    public static AdminAction ClaimMappingRemove { get; } =
        new(
            "claim_mapping.remove",
            AdminPermission.ClientsWrite,
            AuditEventTypes.ClaimMappingRemoved,
            AdminFace.At("/admin/claims"),
            AdminFace.At("DELETE /api/v1/claim-mappings/{id}"),
            AdminFace.At("claims remove")
        );

    private static AdminAction[] Attributes =>
        [
            AttributeList,
            AttributeDefine,
            AttributeRemove,
            AttributeSet,
            ClaimMappingList,
            ClaimMappingChange,
            ClaimMappingRemove,
        ];
}
