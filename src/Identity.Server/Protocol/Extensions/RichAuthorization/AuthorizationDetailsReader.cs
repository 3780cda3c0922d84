using System.Text.Json;
using System.Text.RegularExpressions;
using Identity.Core.Clients;
using Identity.Core.Primitives;
using Microsoft.Extensions.Options;

namespace Identity.Server.Protocol.Extensions.RichAuthorization;

// RichAuthorization owns the parameter authorization_details (RFC 9396): whether an object has a type that the client
// may request and only known members, its text for the person, and whether a later request stays within the grant.

/// <summary>The parsed parameter.</summary>
internal abstract record AuthorizationDetailsResult
{
    /// <summary>The value for the grant and the tokens, and one line of plain text per object for the consent
    /// page.</summary>
    internal sealed record Valid(JsonElement Details, IReadOnlyList<string> Texts) : AuthorizationDetailsResult;

    /// <summary>Answer <c>invalid_authorization_details</c> (RFC 9396 section 5).</summary>
    internal sealed record Invalid(string Reason) : AuthorizationDetailsResult;
}

/// <summary>Checks <c>authorization_details</c> by RFC 9396 section 5: unknown types, unknown members, wrong kinds,
/// missing members and wrong values are refused.</summary>
internal sealed partial class AuthorizationDetailsReader(IOptions<AuthorizationDetailsOptions> options)
{
    private const int MaxCharacters = 8 * 1024;
    private const int MaxObjects = 8;
    private const int MaxDepth = 6;

    /// <summary>Checks the parameter of a client.</summary>
    public AuthorizationDetailsResult Read(Client client, string parameter)
    {
        if (parameter.Length > MaxCharacters)
            return Refuse("authorization_details is too long.");
        using var document = UntrustedJson.Read(parameter, MaxDepth);
        if (document is null)
            return Refuse("authorization_details is not JSON.");
        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Array || root.GetArrayLength() is 0 or > MaxObjects)
            return Refuse($"authorization_details must be a list of 1 to {MaxObjects} objects.");
        List<string> texts = [];
        foreach (var item in root.EnumerateArray())
        {
            if (Check(client, item, texts) is { } fault)
                return Refuse(fault);
        }
        return new AuthorizationDetailsResult.Valid(root.Clone(), texts);
    }

    /// <summary>At the token endpoint (section 6): each requested object must have been granted.</summary>
    public static bool IsWithin(JsonElement granted, JsonElement asked) =>
        asked.EnumerateArray().All(one => granted.EnumerateArray().Any(other => JsonElement.DeepEquals(one, other)));

    /// <summary>The part of a grant's details whose types the client still has: a type that was removed since is no
    /// longer issued.</summary>
    public static JsonElement? StillAllowed(Client client, JsonElement? granted)
    {
        if (granted is not { } details || details.EnumerateArray().All(Allowed))
            return granted;
        JsonElement[] left = [.. details.EnumerateArray().Where(Allowed)];
        return left.Length > 0 ? JsonSerializer.SerializeToElement(left) : null;

        bool Allowed(JsonElement item) =>
            client.Protocols.AuthorizationDetailsTypes.Contains(item.GetProperty("type").GetString()!);
    }

    private string? Check(Client client, JsonElement item, List<string> texts)
    {
        if (
            item.ValueKind != JsonValueKind.Object
            || !item.TryGetProperty("type", out var member)
            || member.ValueKind != JsonValueKind.String
        )
            return "Each of authorization_details must be an object with a type.";
        var type = member.GetString()!;
        if (
            !options.Value.Types.TryGetValue(type, out var definition)
            || !client.Protocols.AuthorizationDetailsTypes.Contains(type)
        )
            return "A type is unknown, or not one that the client may ask for.";
        foreach (var field in item.EnumerateObject())
        {
            if (
                field.Name != "type"
                && !(definition.Fields.TryGetValue(field.Name, out var rule) && Fits(rule, field.Value))
            )
                return "An object has a member that its type does not have, "
                    + "or one with a value that it does not allow.";
        }
        if (definition.Fields.Any(field => field.Value.Required && !item.TryGetProperty(field.Key, out _)))
            return "An object lacks a member that its type requires.";
        texts.Add(
            Placeholder()
                .Replace(
                    definition.Text!,
                    match => item.TryGetProperty(match.Groups[1].Value, out var value) ? Show(value) : ""
                )
                .Trim()
        );
        return null;
    }

    private static bool Fits(AuthorizationDetailsField rule, JsonElement value) =>
        rule.Kind switch
        {
            "string" => value.ValueKind == JsonValueKind.String && FitsText(rule, value.GetString()!),
            "number" => value.ValueKind == JsonValueKind.Number
                && value.GetRawText() is { Length: <= 32 } text
                && PlainNumber().IsMatch(text)
                && (rule.Values.Count == 0 || rule.Values.Contains(text)),
            "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
            _ => value.ValueKind == JsonValueKind.Array
                && value.GetArrayLength() is > 0 and <= 32
                && value
                    .EnumerateArray()
                    .All(item => item.ValueKind == JsonValueKind.String && FitsText(rule, item.GetString()!)),
        };

    // No invisible characters and no marks that change the writing direction, because a person reads it to decide.
    private static bool FitsText(AuthorizationDetailsField rule, string text) =>
        text.Length > 0
        && text.Length <= rule.MaxCharacters
        && (rule.Values.Count == 0 || rule.Values.Contains(text))
        && !Unreadable().IsMatch(text);

    private static string Show(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.String => value.GetString()!,
            JsonValueKind.Array => string.Join(", ", value.EnumerateArray().Select(static item => item.GetString())),
            _ => value.GetRawText(),
        };

    private static AuthorizationDetailsResult.Invalid Refuse(string reason) => new(reason);

    // No exponent: people misread 1e9, and the database cannot store a number of a million digits.
    [GeneratedRegex(@"^-?[0-9]+(\.[0-9]+)?\z")]
    private static partial Regex PlainNumber();

    [GeneratedRegex(@"\{([A-Za-z0-9_]+)\}")]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}\uFFFD]")]
    private static partial Regex Unreadable();
}
