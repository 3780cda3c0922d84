namespace Identity.Core.Roles;

// Roles owns roles and groups: which there are, what a group carries and who holds what. It does not own what an
// administrative role allows (Administration) nor how roles become claims (Profile).

/// <summary>A role.</summary>
/// <param name="ClientId">The client whose role it is; null for a role of every app, and for an administrative
/// one.</param>
/// <param name="IsAdministrative">Whether it allows to administer. No app ever sees such a role.</param>
/// <param name="Permissions">What an administrative role allows, by name.</param>
/// <param name="IsBuiltIn">Whether it can neither be changed nor deleted.</param>
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
