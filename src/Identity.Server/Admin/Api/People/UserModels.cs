using Identity.Core.Grants;
using Identity.Core.Passkeys;
using Identity.Core.People;
using Identity.Core.PersonalTokens;
using Identity.Core.Sessions;
using Identity.Core.Users;

namespace Identity.Server.Admin.Api.People;

/// <summary>A person in a list.</summary>
internal sealed record UserSummary(
    Guid Id,
    string Email,
    string? Name,
    bool EmailVerified,
    bool TwoFactorEnabled,
    string State,
    DateTimeOffset? LastSignInAt,
    DateTimeOffset CreatedAt
)
{
    public static UserSummary Of(PersonSummary person) =>
        new(
            person.Id,
            person.Email,
            person.Name,
            person.EmailVerified,
            person.TwoFactorEnabled,
            UserDetail.StateOf(person.IsDisabled, person.IsLocked),
            person.LastLoginAt,
            person.CreatedAt
        );
}

/// <summary>A person.</summary>
internal sealed record UserDetail(
    Guid Id,
    string Email,
    bool EmailVerified,
    string? Name,
    string? GivenName,
    string? FamilyName,
    string? Locale,
    string? Zoneinfo,
    string State,
    DateTimeOffset? LockedUntil,
    string? LockNote,
    DateTimeOffset? DeactivateAt,
    bool HasPassword,
    bool TwoFactorEnabled,
    DateTimeOffset? LastSignInAt,
    DateTimeOffset CreatedAt
)
{
    public static UserDetail Of(PersonDetail person) =>
        Of(person.Account) with
        {
            LockNote = person.LockNote,
            DeactivateAt = person.DeactivateAt,
        };

    public static UserDetail Of(UserAccount account) =>
        new(
            account.Id,
            account.Email,
            account.EmailVerified,
            account.Name,
            account.GivenName,
            account.FamilyName,
            account.Locale,
            account.Zoneinfo,
            StateOf(account.IsDisabled, account.IsLockedByOperator),
            account.IsLockedByOperator ? account.OperatorLockedUntil : account.LockedUntil,
            null,
            null,
            account.HasPassword,
            account.TwoFactorEnabled,
            account.LastLoginAt,
            account.CreatedAt
        );

    public static string StateOf(bool disabled, bool locked) =>
        disabled ? "deactivated"
        : locked ? "locked"
        : "active";
}

/// <summary>A person to be made. They are sent an invitation to choose a password.</summary>
internal sealed class UserDraft
{
    public required string Email { get; init; }
    public string? Name { get; init; }
    public string? GivenName { get; init; }
    public string? FamilyName { get; init; }
    public string? Locale { get; init; }
}

/// <summary>What of a profile changes: what is left out stays, null takes it away (RFC 7396).</summary>
internal sealed class UserChange
{
    public string? Name { get; init; }
    public string? GivenName { get; init; }
    public string? FamilyName { get; init; }
    public string? Locale { get; init; }
    public string? Zoneinfo { get; init; }
}

/// <summary>Another address.</summary>
internal sealed class EmailChange
{
    public required string Email { get; init; }
}

/// <summary>For how long, and why.</summary>
internal sealed class LockOrder
{
    public required int Minutes { get; init; }
    public string? Note { get; init; }
}

/// <summary>From when, and why. Without <c>from</c>, now.</summary>
internal sealed class DeactivationOrder
{
    public DateTimeOffset? From { get; init; }
    public string? Note { get; init; }
}

/// <summary>How the person was recognised.</summary>
internal sealed class RemovalOrder
{
    public required string Note { get; init; }
}

/// <summary>The address of the person, so that the right one is erased.</summary>
internal sealed class ErasureOrder
{
    public required string Confirmation { get; init; }
}

/// <summary>A session.</summary>
internal sealed record SessionView(
    Guid Id,
    DateTimeOffset CreatedAt,
    DateTimeOffset LastActivityAt,
    DateTimeOffset ExpiresAt,
    string? ClientId,
    string? IpAddress,
    string? UserAgent,
    IReadOnlyList<string> Methods
)
{
    public static SessionView Of(ActiveSession session) =>
        new(
            session.Id,
            session.CreatedAt,
            session.LastActivityAt,
            session.ExpiresAt,
            session.ClientId,
            session.IpAddress?.ToString(),
            session.UserAgent,
            session.Amr
        );
}

/// <summary>What an app may do for a person: a family of refresh tokens.</summary>
internal sealed record GrantView(
    Guid Id,
    string ClientId,
    IReadOnlyList<string> Scopes,
    DateTimeOffset CreatedAt,
    DateTimeOffset LastUsedAt,
    DateTimeOffset ExpiresAt,
    bool IsLive,
    DateTimeOffset? EndedAt,
    string? EndReason
)
{
    public static GrantView Of(TokenFamily family) =>
        new(
            family.Id,
            family.ClientId,
            family.Scopes,
            family.CreatedAt,
            family.LastUsed,
            family.AbsoluteExpiresAt,
            family.IsLive,
            family.EndedAt,
            family.EndReason
        );
}

/// <summary>A personal access token: not the token itself.</summary>
internal sealed record PersonalTokenView(
    Guid Id,
    string Name,
    IReadOnlyList<string> Scopes,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt,
    DateTimeOffset? LastUsedAt
)
{
    public static PersonalTokenView Of(PersonalTokenEntry token) =>
        new(token.Id, token.Name, token.Scopes, token.CreatedAt, token.ExpiresAt, token.LastUsedAt);
}

/// <summary>A personal access token to make.</summary>
internal sealed class NewPersonalTokenBody
{
    public required string Name { get; init; }

    /// <summary>Scopes on offer that the person holds.</summary>
    public required IReadOnlyList<string> Scopes { get; init; }

    /// <summary>Its life in days.</summary>
    public required int Days { get; init; }
}

/// <summary>A personal access token that was made.</summary>
/// <param name="Token">Shown this once.</param>
internal sealed record MadePersonalTokenView(Guid Id, string Token)
{
    /// <summary>Redacted.</summary>
    public override string ToString() => $"MadePersonalTokenView {Id}";
}

/// <summary>What a person signs in with beside a password.</summary>
internal sealed record FactorList(bool Totp, IReadOnlyList<PasskeyView> Passkeys);

/// <summary>A passkey: no key, no credential id.</summary>
internal sealed record PasskeyView(Guid Id, string Name, DateTimeOffset CreatedAt, DateTimeOffset? LastUsedAt)
{
    public static PasskeyView Of(Passkey passkey) =>
        new(passkey.Id, passkey.Name, passkey.CreatedAt, passkey.LastUsedAt);
}

/// <summary>How many.</summary>
internal sealed record Count(int Value);
