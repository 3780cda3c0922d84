using System.Collections.Frozen;

namespace Identity.Core.Administration;

// Administration owns what every administrative action has in common: the list of permissions, who is acting (a person,
// a client or the command line), the possible outcomes, the rules that hold for every operator, and the one way an
// action is audited. It owns no action: each action belongs to the room whose rows it changes.

/// <summary>What an operator may be allowed to do. A released name keeps its meaning, because roles and API scopes
/// refer to it.</summary>
/// <param name="Name">Room and verb, such as <c>users.lock</c>.</param>
/// <param name="Description">What it allows, for the people who grant it.</param>
public sealed record AdminPermission(string Name, string Description)
{
    /// <summary>The prefix of the API scope that asks for a permission.</summary>
    public const string ScopePrefix = "identity.";

    public static AdminPermission UsersRead { get; } = new("users.read", "See people and their security state.");
    public static AdminPermission UsersWrite { get; } =
        new("users.write", "Create people; change their profile, email address and attributes.");
    public static AdminPermission UsersLock { get; } =
        new("users.lock", "Lock and unlock accounts; deactivate and reactivate them.");
    public static AdminPermission UsersFactors { get; } =
        new("users.factors", "Remove a second factor or a passkey of a person.");
    public static AdminPermission UsersSessions { get; } =
        new("users.sessions", "End sessions and revoke the access of apps.");
    public static AdminPermission UsersTokens { get; } =
        new("users.tokens", "Make personal access tokens that act in the name of people.");
    public static AdminPermission UsersRecover { get; } =
        new("users.recover", "Secure accounts; send password resets, email verifications and invitations.");
    public static AdminPermission UsersErase { get; } = new("users.erase", "Erase a person for good.");
    public static AdminPermission UsersExport { get; } = new("users.export", "Export the data of people.");
    public static AdminPermission UsersImport { get; } = new("users.import", "Import people from another system.");
    public static AdminPermission RolesRead { get; } = new("roles.read", "See roles and who holds them.");
    public static AdminPermission RolesWrite { get; } = new("roles.write", "Create, change and delete roles.");
    public static AdminPermission RolesGrant { get; } =
        new("roles.grant", "Grant and withdraw roles; act on people who hold an administrative role.");
    public static AdminPermission GroupsRead { get; } = new("groups.read", "See groups and their members.");
    public static AdminPermission GroupsWrite { get; } =
        new("groups.write", "Create, change and delete groups; add and remove members.");
    public static AdminPermission ClientsRead { get; } = new("clients.read", "See apps and their settings.");
    public static AdminPermission ClientsWrite { get; } =
        new("clients.write", "Create, change and delete apps and their claim mappings.");
    public static AdminPermission ClientsSecrets { get; } =
        new("clients.secrets", "Create, rotate and revoke the secrets of apps.");
    public static AdminPermission ScopesRead { get; } = new("scopes.read", "See scopes and APIs.");
    public static AdminPermission ScopesWrite { get; } = new("scopes.write", "Create, change and delete scopes.");
    public static AdminPermission AuditRead { get; } = new("audit.read", "Read and verify the audit log.");
    public static AdminPermission AuditExport { get; } = new("audit.export", "Export the audit log.");
    public static AdminPermission DenialsRead { get; } = new("denials.read", "See why requests were refused.");
    public static AdminPermission MailRead { get; } = new("mail.read", "See which mails wait, were sent or failed.");
    public static AdminPermission MailWrite { get; } = new("mail.write", "Retry mails and send a test mail.");
    public static AdminPermission DeliveriesRead { get; } =
        new("deliveries.read", "See which logout messages apps received.");
    public static AdminPermission DeliveriesWrite { get; } = new("deliveries.write", "Retry logout messages.");
    public static AdminPermission KeysRead { get; } = new("keys.read", "See signing keys, never their private half.");
    public static AdminPermission KeysWrite { get; } = new("keys.write", "Rotate and retire signing keys.");
    public static AdminPermission SettingsRead { get; } = new("settings.read", "See settings and findings.");
    public static AdminPermission AlertsRead { get; } = new("alerts.read", "See alerts.");
    public static AdminPermission AlertsWrite { get; } = new("alerts.write", "Acknowledge and silence alerts.");
    public static AdminPermission WebhooksRead { get; } = new("webhooks.read", "See webhooks and their deliveries.");
    public static AdminPermission WebhooksWrite { get; } =
        new("webhooks.write", "Create, change and delete webhooks; retry their deliveries.");

    /// <summary>All permissions.</summary>
    public static IReadOnlyList<AdminPermission> All { get; } =
    [
        UsersRead,
        UsersWrite,
        UsersLock,
        UsersFactors,
        UsersSessions,
        UsersTokens,
        UsersRecover,
        UsersErase,
        UsersExport,
        UsersImport,
        RolesRead,
        RolesWrite,
        RolesGrant,
        GroupsRead,
        GroupsWrite,
        ClientsRead,
        ClientsWrite,
        ClientsSecrets,
        ScopesRead,
        ScopesWrite,
        AuditRead,
        AuditExport,
        DenialsRead,
        MailRead,
        MailWrite,
        DeliveriesRead,
        DeliveriesWrite,
        KeysRead,
        KeysWrite,
        SettingsRead,
        AlertsRead,
        AlertsWrite,
        WebhooksRead,
        WebhooksWrite,
    ];

    private static readonly FrozenDictionary<string, AdminPermission> ByName = All.ToFrozenDictionary(
        static permission => permission.Name,
        StringComparer.Ordinal
    );

    /// <summary>Whether it changes nothing.</summary>
    public bool IsRead => Name.EndsWith(".read", StringComparison.Ordinal);

    /// <summary>The scope by which an access token carries it.</summary>
    public string Scope => ScopePrefix + Name;

    /// <summary>The permission of this name; null where there is none.</summary>
    public static AdminPermission? Find(string name) => ByName.GetValueOrDefault(name);

    /// <summary>The permission that an API scope carries; null for any other scope.</summary>
    public static AdminPermission? OfScope(string scope) =>
        scope.StartsWith(ScopePrefix, StringComparison.Ordinal) ? Find(scope[ScopePrefix.Length..]) : null;

    public override string ToString() => Name;
}
