namespace Identity.Core.Roles;

// Roles owns roles and groups: their definitions, the roles of a group, and who holds what. It owns neither the
// permissions of administrative roles (Administration) nor how roles become claims (Profile).

/// <summary>A role.</summary>
/// <param name="ClientId">The client of the role; null for a role of every app and for an administrative one.</param>
/// <param name="IsAdministrative">Whether it is administrative. No app ever sees such a role.</param>
/// <param name="Permissions">The permissions of an administrative role, by name.</param>
/// <param name="IsBuiltIn">Whether it cannot be changed or deleted.</param>
/// <param name="Version">Raised with every change.</param>
public sealed record Role(
    Guid Id,
    string Name,
    string? ClientId,
    string? Description,
    bool IsAdministrative,
    IReadOnlyList<string> Permissions,
    bool IsBuiltIn,
    long Version,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt
);

/// <summary>The definition of a new or changed role.</summary>
/// <param name="Name">1 to 100 letters, digits and <c>. _ : -</c>, unique, ignoring case, among the roles of its
/// client.</param>
/// <param name="ClientId">The client of the role; it need not exist yet.</param>
/// <param name="Permissions">Null for a role of apps; for an administrative role its permissions, by name.</param>
public sealed record RoleDraft(
    string Name,
    string? ClientId = null,
    string? Description = null,
    IReadOnlyList<string>? Permissions = null
);

/// <summary>A person who holds a role or is in a group.</summary>
public sealed record Member(Guid UserId, string Email, string? Name, DateTimeOffset Since);

/// <summary>A role that a person holds.</summary>
/// <param name="Group">The group that gives it; null where it is theirs directly.</param>
public sealed record HeldRole(Role Role, string? Group);

/// <summary>An administrative role of a person.</summary>
/// <param name="Group">The group that gives it; null where it is theirs directly.</param>
public sealed record Administrator(Guid UserId, string Email, string Role, string? Group);

/// <summary>A group.</summary>
/// <param name="Version">Raised with every change of its name or description.</param>
public sealed record Group(
    Guid Id,
    string Name,
    string? Description,
    long Version,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt
);

/// <summary>The definition of a new or changed group.</summary>
/// <param name="Name">1 to 100 characters in one line, unique, ignoring case.</param>
public sealed record GroupDraft(string Name, string? Description = null);
