namespace Identity.Core.Keys;

/// <summary>A signing key as operators see it.</summary>
public sealed record SigningKeyDescription(
    string Kid,
    string Algorithm,
    SigningKeyState State,
    DateTimeOffset CreatedAt,
    DateTimeOffset ActivatesAt,
    DateTimeOffset RetiresAt,
    DateTimeOffset RemovesAt,
    string MasterKeyId
)
{
    internal static SigningKeyDescription Of(SigningKeyRow row, DateTimeOffset now) =>
        new(
            row.Kid,
            row.Algorithm,
            row.StateAt(now),
            row.CreatedAt,
            row.ActivatesAt,
            row.RetiresAt,
            row.RemovesAt,
            row.MasterKeyId
        );
}

/// <summary>The outcome of retiring a key.</summary>
public abstract record SigningKeyRetirement
{
    private SigningKeyRetirement() { }

    /// <param name="Successor">The kid that signs instead from now on, if one had to be created or activated
    /// early.</param>
    public sealed record Retired(string? Successor) : SigningKeyRetirement;

    public sealed record NotFound : SigningKeyRetirement;
}
