using Microsoft.Extensions.Options;

namespace Identity.Server.Protocol.Extensions.RichAuthorization;

/// <summary>Section <c>Identity:AuthorizationDetails</c>: the supported types (RFC 9396), each
/// <c>Types:&lt;type&gt;</c>.</summary>
internal sealed class AuthorizationDetailsOptions
{
    public const string Section = "Identity:AuthorizationDetails";

    public IDictionary<string, AuthorizationDetailsType> Types { get; } =
        new Dictionary<string, AuthorizationDetailsType>(StringComparer.Ordinal);
}

/// <summary>One type: the text for the person, and the members that its objects may have.</summary>
internal sealed class AuthorizationDetailsType
{
    /// <summary>The line on the consent page, with members in braces: <c>Pay {amount} {currency} to
    /// {creditor}</c>.</summary>
    public string? Text { get; set; }

    public IDictionary<string, AuthorizationDetailsField> Fields { get; } =
        new Dictionary<string, AuthorizationDetailsField>(StringComparer.Ordinal);
}

/// <summary>One member. Kinds: <c>string</c>, <c>number</c>, <c>boolean</c>, <c>strings</c> (a list of
/// texts).</summary>
internal sealed class AuthorizationDetailsField
{
    public string Kind { get; set; } = "string";
    public bool Required { get; set; }
    public int MaxCharacters { get; set; } = 200;

    /// <summary>The values that are allowed; empty for any.</summary>
    public IList<string> Values { get; } = [];
}

internal sealed class AuthorizationDetailsOptionsValidator : IValidateOptions<AuthorizationDetailsOptions>
{
    private static readonly string[] Kinds = ["string", "number", "boolean", "strings"];

    public ValidateOptionsResult Validate(string? name, AuthorizationDetailsOptions options)
    {
        List<string> failures = [];
        foreach (var (type, definition) in options.Types)
        {
            var key = $"{AuthorizationDetailsOptions.Section}:Types:{type}";
            if (string.IsNullOrWhiteSpace(definition.Text))
                failures.Add($"{key}:Text: is missing, and a person must be able to read what they allow.");
            foreach (var (field, rule) in definition.Fields)
            {
                if (!Kinds.Contains(rule.Kind))
                    failures.Add($"{key}:Fields:{field}:Kind: '{rule.Kind}' is not one of {string.Join(", ", Kinds)}.");
                if (field == "type" || rule.MaxCharacters is < 1 or > 2000)
                    failures.Add($"{key}:Fields:{field}: must not be type, and MaxCharacters must be 1 to 2000.");
                // A member that is not shown would be allowed unread.
                if (definition.Text?.Contains("{" + field + "}", StringComparison.Ordinal) == false)
                    failures.Add($"{key}:Text: does not show {{{field}}}, so people would allow it unread.");
            }
        }
        return failures.Count > 0 ? ValidateOptionsResult.Fail(failures) : ValidateOptionsResult.Success;
    }
}
