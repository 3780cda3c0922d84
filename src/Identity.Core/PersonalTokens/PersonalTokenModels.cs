using Identity.Core.Profile;

namespace Identity.Core.PersonalTokens;

/// <summary>A token in a list, without its secret.</summary>
/// <param name="LastUsedAt">To the hour; null if it was never used.</param>
public sealed record PersonalTokenEntry(
    Guid Id,
    string Name,
    IReadOnlyList<string> Scopes,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt,
    DateTimeOffset? LastUsedAt
);

/// <summary>What a person asks for.</summary>
/// <param name="Days">Its life in days.</param>
public sealed record NewPersonalToken(string Name, IReadOnlyList<string> Scopes, int Days);

/// <summary>The answer to <see cref="NewPersonalToken"/>.</summary>
public abstract record PersonalTokenCreation
{
    private PersonalTokenCreation() { }

    /// <summary>Here it is, this once.</summary>
    public sealed record Created(Guid Id, PersonalToken Token) : PersonalTokenCreation;

    /// <summary>The session or its proof has ended.</summary>
    public sealed record ProofOver : PersonalTokenCreation;

    /// <summary>The person has as many as allowed.</summary>
    public sealed record TooMany : PersonalTokenCreation;

    /// <summary>No scope, or one that the person does not hold.</summary>
    public sealed record ScopeNotHeld : PersonalTokenCreation;

    /// <summary>The life is shorter than a day or longer than the settings allow.</summary>
    public sealed record TooLong : PersonalTokenCreation;
}

/// <summary>A live token as whoever asks about it may see it.</summary>
/// <param name="Subject">The person's current state.</param>
/// <param name="Scopes">The scopes that are good now and concern the asker; never empty.</param>
public sealed record LivePersonalToken(
    Guid Id,
    SubjectProfile Subject,
    IReadOnlyList<string> Scopes,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt
)
{
    /// <summary>Redacted.</summary>
    public override string ToString() => $"LivePersonalToken {Id}";
}
