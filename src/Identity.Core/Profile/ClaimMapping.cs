using System.Collections.Frozen;
using System.Text.Json;
using System.Text.RegularExpressions;
using Identity.Core.Administration;
using Identity.Core.Clients;
using Identity.Core.Primitives;

namespace Identity.Core.Profile;

/// <summary>The source of a mapped claim's value.</summary>
public static class ClaimSource
{
    /// <summary>A standard claim in <c>users</c>, such as <c>email</c>.</summary>
    public const string Column = "column";

    /// <summary>An attribute that the organisation defined.</summary>
    public const string Attribute = "attribute";

    /// <summary>The names of the roles that concern the client.</summary>
    public const string Roles = "roles";

    /// <summary>The names of the groups.</summary>
    public const string Groups = "groups";

    /// <summary>Always the same value.</summary>
    public const string Constant = "constant";

    public static IReadOnlyList<string> All { get; } = [Column, Attribute, Roles, Groups, Constant];
}

/// <summary>A claim defined without code: its name, its source, who gets it, and in which tokens.</summary>
/// <param name="Claim">Its name in the token.</param>
/// <param name="Scope">The scope that includes it; null for every request of the client.</param>
/// <param name="ClientId">The client that gets it; null for every client with the scope.</param>
/// <param name="Source">One of <see cref="ClaimSource"/>.</param>
/// <param name="SourceName">The column or the attribute; null for any other source.</param>
/// <param name="Constant">The value of a constant; null for any other source.</param>
/// <param name="Version">Raised with every change; ignored when the mapping is written.</param>
public sealed partial record ClaimMapping(
    string Claim,
    string? Scope,
    string? ClientId,
    string Source,
    string? SourceName,
    JsonElement? Constant,
    bool InIdToken,
    bool InAccessToken,
    bool InUserInfo,
    Guid Id = default,
    long Version = 0
)
{
    private const int MaxName = 64;
    private const int MaxClientId = 200;
    private const int MaxConstant = 2048;

    // The claims of the protocol itself, and claims that others rely on as verified: a mapping must not replace them
    // (RFC 7519, RFC 8693, RFC 9068, RFC 9449, OpenID Connect Core and Logout).
    private static readonly FrozenSet<string> Reserved = new[]
    {
        "iss",
        "sub",
        "aud",
        "exp",
        "nbf",
        "iat",
        "jti",
        "nonce",
        "auth_time",
        "acr",
        "amr",
        "azp",
        "at_hash",
        "c_hash",
        "s_hash",
        "sid",
        "cnf",
        "act",
        "may_act",
        "scope",
        "client_id",
        "authorization_details",
        "events",
        "sub_id",
        "sub_jwk",
        "grant_id",
        "userinfo_claims",
        "_claim_names",
        "_claim_sources",
        "email_verified",
        "phone_number_verified",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Null if the mapping is valid.</summary>
    internal AdminOutcome? Judge() =>
        !ClaimForm().IsMatch(Claim) ? Invalid("claim", "Use 1 to 200 visible ASCII characters.")
        : Reserved.Contains(Claim) ? Invalid("claim", $"{Claim} belongs to the protocol and can't be mapped.")
        : Scope is null && ClientId is null ? Invalid("scope", "Name a scope, a client, or both.")
        : Scope is { } scope && !ApiScope.IsName(scope) ? Invalid("scope", $"{scope} can't be a scope.")
        : ClientId is { } client && (client.Length is 0 or > MaxClientId || !UntrustedText.IsLine(client))
            ? Invalid("client_id", $"Use 1 to {MaxClientId} characters.")
        : !InIdToken && !InAccessToken && !InUserInfo
            ? Invalid("where", "Name at least one of ID token, access token and userinfo.")
        : JudgeSource();

    /// <summary>The value for a person at a client; null if there is none.</summary>
    internal object? Read(SubjectProfile subject, string clientId) =>
        Source switch
        {
            ClaimSource.Column => ScopeClaims.ReadColumn(subject, SourceName!),
            ClaimSource.Attribute => subject.Entitlements.Attributes.TryGetValue(SourceName!, out var value)
                ? value
                : null,
            ClaimSource.Roles => subject.Entitlements.RolesFor(clientId),
            ClaimSource.Groups => subject.Entitlements.GroupNames,
            ClaimSource.Constant => Constant,
            _ => null,
        };

    /// <summary>Whether it applies to the caller of claims.</summary>
    internal bool IsFor(ProfileCaller caller) =>
        caller switch
        {
            ProfileCaller.IdToken => InIdToken,
            ProfileCaller.AccessToken => InAccessToken,
            ProfileCaller.UserInfo => InUserInfo,
            _ => false,
        };

    private AdminOutcome.Invalid? JudgeSource() =>
        !ClaimSource.All.Contains(Source) ? Invalid("source", $"Use one of {string.Join(", ", ClaimSource.All)}.")
        : (Source is ClaimSource.Column or ClaimSource.Attribute) != (SourceName is not null)
            ? Invalid("source_name", "Name the column or the attribute, and nothing for any other source.")
        : Source == ClaimSource.Column && !ScopeClaims.Columns.Contains(SourceName)
            ? Invalid(
                "source_name",
                $"Use one of {string.Join(", ", ScopeClaims.Columns.Order(StringComparer.Ordinal))}."
            )
        : Source == ClaimSource.Attribute && (SourceName!.Length > MaxName || !UntrustedText.IsLine(SourceName))
            ? Invalid("source_name", "There is no such attribute.")
        : (Source == ClaimSource.Constant) != (Constant is not null)
            ? Invalid("constant", "Give a JSON value for a constant, and none for any other source.")
        : Constant is { } constant
        && (constant.ValueKind == JsonValueKind.Null || constant.GetRawText().Length > MaxConstant)
            ? Invalid("constant", $"Use a JSON value of at most {MaxConstant} characters.")
        : null;

    private static AdminOutcome.Invalid Invalid(string field, string text) => new(field, text);

    [GeneratedRegex(@"^[\x21-\x7E]{1,200}\z")]
    private static partial Regex ClaimForm();
}
