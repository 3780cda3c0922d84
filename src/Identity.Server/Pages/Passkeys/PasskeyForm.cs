using Identity.Server.Browser;

namespace Identity.Server.Pages.Passkeys;

/// <summary> The form of a page that takes a passkey, for <c>_Passkey</c>: a button that the script shows if the
/// browser supports passkeys. The page has a handler <c>PasskeyOptions</c>, which begins the ceremony, and a handler
/// <c>Passkey</c>, which receives the authenticator's answer.
/// </summary>
/// <param name="Path">The page.</param>
/// <param name="ReturnUrl">The return URL.</param>
/// <param name="Conditional">Whether the browser may offer passkeys in the address field (conditional UI).</param>
/// <param name="IsMain">Whether it is the main way of the page or an alternative.</param>
internal sealed record PasskeyForm(string Path, string? ReturnUrl, bool Conditional = false, bool IsMain = false)
{
    /// <summary>The query key of a page shown again after a passkey was refused.</summary>
    private const string Refusal = "passkey";

    private const string Unknown = "unknown";

    public string Action => LocalUrl.With(With(Path, "handler=Passkey"), ReturnUrl);

    public string Options => LocalUrl.With(With(Path, "handler=PasskeyOptions"), ReturnUrl);

    /// <summary>The page again, with the message that the passkey was refused.</summary>
    public static string Refused(string path, string? returnUrl, bool isUnknown = false) =>
        LocalUrl.With(With(path, $"{Refusal}={(isUnknown ? Unknown : "refused")}"), returnUrl);

    /// <summary>Whether the refused passkey is one that no account has.</summary>
    public static bool WasUnknown(HttpRequest request) => request.Query[Refusal] == Unknown;

    private static string With(string path, string parameter) =>
        path + (path.Contains('?', StringComparison.Ordinal) ? '&' : '?') + parameter;

    /// <summary>Whether the page shows that message.</summary>
    public static bool WasRefused(HttpRequest request) =>
        HttpMethods.IsGet(request.Method) && request.Query.ContainsKey(Refusal);
}
