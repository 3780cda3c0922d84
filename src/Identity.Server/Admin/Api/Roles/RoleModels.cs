using Identity.Core.Roles;

namespace Identity.Server.Admin.Api.Roles;

/// <summary>A role.</summary>
internal sealed record RoleView(
    Guid Id,
    string Name,
    string? ClientId,
    string? Description,
    bool IsAdministrative,
    IReadOnlyList<string> Permissions,
    bool IsBuiltIn,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt
)
{
    public static RoleView Of(Role role) =>
        new(
            role.Id,
            role.Name,
            role.ClientId,
            role.Description,
            role.IsAdministrative,
            role.Permissions,
            role.IsBuiltIn,
            role.CreatedAt,
            role.UpdatedAt
        );
}

/// <summary>A role to be made. With <c>permissions</c> it is an administrative one.</summary>
internal sealed class RoleBody
{
    public required string Name { get; init; }
    public string? ClientId { get; init; }
    public string? Description { get; init; }
    public IReadOnlyList<string>? Permissions { get; init; }
}

/// <summary>What a role becomes. Without <c>permissions</c> those of an administrative role stay.</summary>
internal sealed class RoleChangeBody
{
    public required string Name { get; init; }
    public string? Description { get; init; }
    public IReadOnlyList<string>? Permissions { get; init; }
}

/// <summary>A role that a person holds.</summary>
/// <param name="Group">The group that gives it; absent where it is theirs directly.</param>
internal sealed record HeldRoleView(RoleView Role, string? Group);

/// <summary>Somebody who holds a role or is in a group.</summary>
internal sealed record MemberView(Guid UserId, string Email, string? Name, DateTimeOffset Since)
{
    public static MemberView Of(Member member) => new(member.UserId, member.Email, member.Name, member.Since);
}

/// <summary>A group.</summary>
internal sealed record GroupView(
    Guid Id,
    string Name,
    string? Description,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt
)
{
    public static GroupView Of(Group group) =>
        new(group.Id, group.Name, group.Description, group.CreatedAt, group.UpdatedAt);
}

/// <summary>What a group is to be.</summary>
internal sealed class GroupBody
{
    public required string Name { get; init; }
    public string? Description { get; init; }
}
