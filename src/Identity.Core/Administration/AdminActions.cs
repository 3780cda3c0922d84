namespace Identity.Core.Administration;

/// <summary>Every administrative action. Each subject lists its own in a separate part of this class.</summary>
public static partial class AdminActions
{
    /// <summary>All of them.</summary>
    // Created on first use: the order in which the parts of a class are initialized is undefined.
    public static IReadOnlyList<AdminAction> All =>
        field ??= [
            .. Alerts,
            .. Attributes,
            .. Bulk,
            .. Clients,
            .. Invitations,
            .. Mail,
            .. Operations,
            .. People,
            .. Roles,
            .. Scopes,
            .. Webhooks,
        ];
}
