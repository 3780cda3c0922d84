using System.Text.Json;

namespace Identity.Core.Profile;

// Profile owns the claims about a person: which claims a scope includes and where their values come from. It owns
// neither the account (Users) nor when claims are requested (Protocol).

/// <summary>The standard claims of a person (OpenID Connect Core section 5.1), as currently stored in
/// <c>users</c>.</summary>
public sealed record SubjectProfile
{
    public required Guid Id { get; init; }
    public required string Email { get; init; }
    public required bool EmailVerified { get; init; }
    public string? Name { get; init; }
    public string? GivenName { get; init; }
    public string? FamilyName { get; init; }
    public string? MiddleName { get; init; }
    public string? Nickname { get; init; }
    public string? PreferredUsername { get; init; }
    public string? Profile { get; init; }
    public string? Picture { get; init; }
    public string? Website { get; init; }
    public string? Gender { get; init; }
    public string? Birthdate { get; init; }
    public string? Zoneinfo { get; init; }
    public string? Locale { get; init; }
    public string? PhoneNumber { get; init; }
    public bool PhoneNumberVerified { get; init; }
    public JsonElement? Address { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Roles, groups and attributes of the person.</summary>
    public SubjectEntitlements Entitlements { get; init; } = SubjectEntitlements.None;

    /// <summary>Redacted: the id only, for logs.</summary>
    public override string ToString() => $"SubjectProfile {Id}";
}
