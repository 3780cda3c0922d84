using Identity.Core.Administration;

namespace Identity.Server.Admin.Console;

/// <summary>The pages of the console's menu, in order. The text is a key of <see cref="Texts.ConsoleTexts"/>.</summary>
internal static class ConsoleNavigation
{
    /// <param name="Path">The address of the page.</param>
    /// <param name="TextKey">The key of its name.</param>
    /// <param name="Permission">The permission that is needed to see it; null for every operator.</param>
    public sealed record Entry(string Path, string TextKey, AdminPermission? Permission)
    {
        /// <summary>Whether the menu marks this entry on the page at the path: its own page and, except for the
        /// overview, the pages below it.</summary>
        public bool Holds(PathString path) =>
            path == Path || (Path != "/admin" && path.StartsWithSegments(Path, StringComparison.Ordinal));
    }

    public static IReadOnlyList<Entry> Entries { get; } =
    [
        new("/admin", "Nav.Overview", null),
        new("/admin/people", "Nav.People", AdminPermission.UsersRead),
        new("/admin/invitations", "Nav.Invitations", AdminPermission.UsersRead),
        new("/admin/groups", "Nav.Groups", AdminPermission.GroupsRead),
        new("/admin/roles", "Nav.Roles", AdminPermission.RolesRead),
        new("/admin/attributes", "Nav.Attributes", AdminPermission.UsersRead),
        new("/admin/apps", "Nav.Apps", AdminPermission.ClientsRead),
        new("/admin/scopes", "Nav.Scopes", AdminPermission.ScopesRead),
        new("/admin/claims", "Nav.Claims", AdminPermission.ClientsRead),
        new("/admin/alerts", "Nav.Alerts", AdminPermission.AlertsRead),
        new("/admin/audit", "Nav.Audit", AdminPermission.AuditRead),
        new("/admin/denials", "Nav.Denials", AdminPermission.DenialsRead),
        new("/admin/mail", "Nav.Mail", AdminPermission.MailRead),
        new("/admin/deliveries", "Nav.Deliveries", AdminPermission.DeliveriesRead),
        new("/admin/webhooks", "Nav.Webhooks", AdminPermission.WebhooksRead),
        new("/admin/keys", "Nav.Keys", AdminPermission.KeysRead),
        new("/admin/settings", "Nav.Settings", AdminPermission.SettingsRead),
    ];

    /// <summary>The entries that an operator may open.</summary>
    public static IEnumerable<Entry> For(Operator person) =>
        Entries.Where(entry => entry.Permission is not { } needed || person.May(needed));
}
