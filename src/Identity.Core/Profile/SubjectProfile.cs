using System.Text.Json;

namespace Identity.Core.Profile;

// Profile owns what is said of a person to others: which claims a scope opens, and whether a person may still be spoken
// for at all. It does not own the account (Users) nor when it is asked (Protocol).

/// <summary>What may be told of a person: the standard claims of OpenID Connect Core section 5.1, as they stand in
/// <c>users</c> now.</summary>
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

    /// <summary>What the organisation says of the person.</summary>
    public SubjectEntitlements Entitlements { get; init; } = SubjectEntitlements.None;

    /// <summary>Redacted: the id only, for logs.</summary>
    public override string ToString() => $"SubjectProfile {Id}";
}
