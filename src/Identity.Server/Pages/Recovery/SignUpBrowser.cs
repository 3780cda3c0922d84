using System.Globalization;
using Identity.Core.Credentials;
using Identity.Server.Pages.Shared;

namespace Identity.Server.Pages.Recovery;

/// <summary>The cookie by which a browser shows, when the link of the mail is opened in it, that the account's password
/// was chosen in it. It reveals nothing: it looks the same if the address already had an account (EN-3).</summary>
internal static class SignUpBrowser
{
    private const string Name = "__Host-signed-up";

    /// <summary>The lifetime of the link in the mail.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    public static void Keep(HttpContext http, ProtectedCookies cookies, CredentialProof proof) =>
        cookies.Keep(
            http,
            Name,
            string.Create(CultureInfo.InvariantCulture, $"{proof.UserId:N}{proof.Version}"),
            Lifetime
        );

    public static CredentialProof? Read(HttpContext http, ProtectedCookies cookies)
    {
        const int idLength = 32;
        return
            cookies.Read(http, Name) is { Length: > idLength } text
            && Guid.TryParseExact(text[..idLength], "N", out var user)
            && long.TryParse(text[idLength..], NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? new(user, version)
            : null;
    }

    public static void Forget(HttpContext http) => ProtectedCookies.Forget(http, Name);
}
