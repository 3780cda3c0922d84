using System.Globalization;
using Microsoft.Extensions.Primitives;

namespace Identity.Server.Protocol.Requests.Authorization;

/// <summary> The parameters of an authorization request as the rules read them, independent of the engine and of their
/// source: a URL, a form, a pushed request (RFC 9126) or a signed object (RFC 9101). A parameter that must not be
/// repeated but is counts as missing; by then the engine has refused the request.
/// </summary>
internal sealed class AuthorizationParameters
{
    private readonly Dictionary<string, StringValues> _values;

    public AuthorizationParameters(IEnumerable<KeyValuePair<string, string>> parameters) =>
        _values = parameters
            .GroupBy(static pair => pair.Key, StringComparer.Ordinal)
            .ToDictionary(
                static group => group.Key,
                static group => new StringValues([.. group.Select(static pair => pair.Value)]),
                StringComparer.Ordinal
            );

    public string? ClientId => this["client_id"];
    public string? RedirectUri => this["redirect_uri"];
    public string? Nonce => this["nonce"];
    public string? CodeChallenge => this["code_challenge"];
    public string? LoginHint => this["login_hint"];
    public string? Display => this["display"];

    /// <summary>The <c>claims</c> parameter as received (OIDC Core 5.5).</summary>
    public string? Claims => this["claims"];

    /// <summary>The <c>authorization_details</c> as received (RFC 9396).</summary>
    public string? AuthorizationDetails => this["authorization_details"];

    /// <summary>The thumbprint of the key to which the code is bound (RFC 9449 section 10).</summary>
    public string? DpopKeyThumbprint => this["dpop_jkt"];

    /// <summary>The name of a stored request (RFC 9126 section 4).</summary>
    public string? RequestUri => this["request_uri"];

    /// <summary>A signed request object (RFC 9101).</summary>
    public string? RequestObject => this["request"];

    /// <summary>Each scope once.</summary>
    public IReadOnlyList<string> Scopes => Words("scope");

    /// <summary>Asks for the sign-up page (Initiating User Registration via OpenID Connect 1.0).</summary>
    public const string CreatePrompt = "create";

    public IReadOnlyList<string> Prompts => Words("prompt");
    public IReadOnlyList<string> AcrValues => Words("acr_values");
    public IReadOnlyList<string> UiLocales => Words("ui_locales");

    /// <summary>Every <c>resource</c>; the parameter may be repeated (RFC 8707 section 2).</summary>
    public IReadOnlyList<string> Resources =>
        _values.TryGetValue("resource", out var values)
            ? [.. values.OfType<string>().Where(static value => value.Length > 0)]
            : [];

    /// <summary>The <c>max_age</c>; null if it is missing or not a whole number of seconds.</summary>
    public TimeSpan? MaxAge =>
        int.TryParse(MaxAgeText, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? TimeSpan.FromSeconds(seconds)
            : null;

    /// <summary>The <c>max_age</c> as received.</summary>
    public string? MaxAgeText => this["max_age"];

    /// <summary>The value of a parameter; null if it is missing or repeated.</summary>
    public string? this[string name] =>
        _values.TryGetValue(name, out var values) && values.Count == 1 ? values[0] : null;

    private string[] Words(string name) =>
        [.. (this[name] ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal)];
}
