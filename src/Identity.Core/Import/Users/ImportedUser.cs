using Identity.Core.Primitives;

namespace Identity.Core.Import.Users;

/// <summary>A person of a file, checked.</summary>
/// <param name="Line">Where it stands in the file, from 1.</param>
/// <param name="HasOwnId">Whether the file names the account, so that it is found again by that.</param>
internal sealed record ImportedUser(long Line, Guid Id, bool HasOwnId, EmailAddress Email)
{
    public bool EmailVerified { get; init; }
    public string? PasswordHash { get; init; }
    public DateTimeOffset? PasswordChangedAt { get; init; }
    public bool IsDisabled { get; init; }
    public DateTimeOffset? LastLoginAt { get; init; }
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>The texts of the profile, in the order of <see cref="UserFields.Texts"/>.</summary>
    public required string?[] Texts { get; init; }
    public bool PhoneNumberVerified { get; init; }

    /// <summary>JSON, as OpenID Connect Core 5.1.1 has it.</summary>
    public string? Address { get; init; }

    /// <summary>Redacted: it is personal data and a hash.</summary>
    public override string ToString() => $"ImportedUser(line {Line})";
}

/// <summary>A row that cannot be taken.</summary>
/// <param name="Line">Where it stands in the file, from 1.</param>
/// <param name="Reason">Why, without the values of the row.</param>
public sealed record RefusedRow(long Line, string Reason);

/// <summary>A row as its format has it: names and values before any check.</summary>
/// <param name="Fault">Why it cannot be read; null when it can.</param>
internal sealed record RawRow(long Line, IReadOnlyDictionary<string, string> Fields, string? Fault = null);
