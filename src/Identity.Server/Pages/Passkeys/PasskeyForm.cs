using Identity.Server.Browser;

namespace Identity.Server.Pages.Passkeys;

/// <summary>
/// The form of a page that takes a passkey, for <c>_Passkey</c>: a button that the script shows where the browser knows
/// passkeys. The page has a handler <c>PasskeyOptions</c>, which begins, and a handler <c>Passkey</c>, which takes what
/// the authenticator answered.
/// </summary>
/// <param name="Path">The page.</param>
/// <param name="ReturnUrl">Goes along.</param>
/// <param name="Conditional">Whether the browser may offer passkeys in the field for the address, before anybody
/// presses the button.</param>
/// <param name="IsMain">Whether it is what the page is about, or another way beside it.</param>
internal sealed record PasskeyForm(string Path, string? ReturnUrl, bool Conditional = false, bool IsMain = false)
{
    /// <summary>The query key of a page that comes back after a passkey was refused.</summary>
    private const string Refusal = "passkey";

    public string Action => LocalUrl.With(Path + "?handler=Passkey", ReturnUrl);

    public string Options => LocalUrl.With(Path + "?handler=PasskeyOptions", ReturnUrl);

    /// <summary>The page again, which says that the passkey was refused.</summary>
    public static string Refused(string path, string? returnUrl) =>
        LocalUrl.With($"{path}?{Refusal}=refused", returnUrl);

    /// <summary>Whether the page is to say so.</summary>
    public static bool WasRefused(HttpRequest request) =>
        HttpMethods.IsGet(request.Method) && request.Query.ContainsKey(Refusal);
}
