namespace Identity.Core.Primitives;

/// <summary>The subject of a person (<c>sub</c>, OIDC Core 2): the random id of the account, never reused
/// (ID-4).</summary>
public readonly record struct SubjectId(Guid Value)
{
    /// <summary>Parses a <c>sub</c> of this provider.</summary>
    public static bool TryParse(string? text, out SubjectId subject)
    {
        subject = Guid.TryParseExact(text, "D", out var id) ? new(id) : default;
        return subject != default;
    }

    /// <summary>The form in tokens: lower case with hyphens.</summary>
    public override string ToString() => Value.ToString("D");
}
