namespace Identity.Core.Administration;

/// <summary>Every administrative action there is. Each subject lists its own in a file beside this one.</summary>
public static partial class AdminActions
{
    /// <summary>All of them.</summary>
    // Made when first asked for: the order in which the files of this class are initialized is undefined.
    public static IReadOnlyList<AdminAction> All =>
        field ??= [.. Attributes, .. Clients, .. Mail, .. Operations, .. People, .. Roles, .. Scopes];
}
