using Identity.Core.Audit;

namespace Identity.Core.Administration;

/// <summary>Actions on scopes.</summary>
public static partial class AdminActions
{
    public static AdminAction ScopeList { get; } =
        new(
            "scope.list",
            AdminPermission.ScopesRead,
            null,
            AdminFace.At("/admin/scopes"),
            AdminFace.At("GET /api/v1/scopes"),
            AdminFace.At("scopes list")
        );

    public static AdminAction ScopeCreate { get; } =
        new(
            "scope.create",
            AdminPermission.ScopesWrite,
            AuditEventTypes.ScopeAdded,
            AdminFace.At("/admin/scopes/new"),
            AdminFace.At("POST /api/v1/scopes"),
            AdminFace.At("scopes add")
        );

    public static AdminAction ScopeChange { get; } =
        new(
            "scope.change",
            AdminPermission.ScopesWrite,
            AuditEventTypes.ScopeChanged,
            AdminFace.At("/admin/scopes/edit"),
            AdminFace.At("PUT /api/v1/scopes/{name}"),
            AdminFace.At("scopes change")
        );

    public static AdminAction ScopeRemove { get; } =
        new(
            "scope.remove",
            AdminPermission.ScopesWrite,
            AuditEventTypes.ScopeRemoved,
            AdminFace.At("/admin/scopes/edit"),
            AdminFace.At("DELETE /api/v1/scopes/{name}"),
            AdminFace.At("scopes remove")
        )
        {
            NeedsProof = true,
        };

    private static AdminAction[] Scopes => [ScopeList, ScopeCreate, ScopeChange, ScopeRemove];
}
