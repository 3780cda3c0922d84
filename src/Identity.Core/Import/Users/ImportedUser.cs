using Identity.Core.Primitives;

namespace Identity.Core.Import.Users;

/// <summary>A checked person of a file.</summary>
/// <param name="Line">Where it stands in the file, from 1.</param>
/// <param name="HasOwnId">Whether the id comes from the file, so that the account is found by it again.</param>
internal sealed record ImportedUser(long Line, Guid Id, bool HasOwnId, EmailAddress Email)
{
    /// <summary>Null where the file does not say; the same for the other flags.</summary>
    public bool? EmailVerified { get; init; }
    public string? PasswordHash { get; init; }
    public DateTimeOffset? PasswordChangedAt { get; init; }
    public bool? IsDisabled { get; init; }
    public DateTimeOffset? LastLoginAt { get; init; }
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>The texts of the profile, in the order of <see cref="UserFields.Texts"/>.</summary>
    public required string?[] Texts { get; init; }
    public bool? PhoneNumberVerified { get; init; }

    /// <summary>JSON as defined by OpenID Connect Core 5.1.1.</summary>
    public string? Address { get; init; }

    /// <summary>The roles, groups and attributes that the row names.</summary>
    public IReadOnlyList<Belonging> Belongings { get; init; } = [];

    /// <summary>Redacted: personal data and a hash.</summary>
    public override string ToString() => $"ImportedUser(line {Line})";
}

/// <summary>A row that is refused.</summary>
/// <param name="Line">Where it stands in the file, from 1.</param>
/// <param name="Reason">The reason, without values of the row.</param>
public sealed record RefusedRow(long Line, string Reason);

/// <summary>A row as read: names and values before any check.</summary>
/// <param name="Fault">Why it cannot be read; null if it can.</param>
internal sealed record RawRow(long Line, IReadOnlyDictionary<string, string> Fields, string? Fault = null);
