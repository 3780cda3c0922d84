using Identity.Core.Credentials;
using Identity.Core.Primitives;
using Identity.Core.TwoFactor;
using Identity.Server.Browser;

namespace Identity.Server.Pages.Flow;

/// <summary>The cookie of a browser that need not show a second factor (MF-7). Whose browser it is the database knows:
/// to anyone else's sign-in the cookie means nothing.</summary>
internal sealed class TrustedBrowser(TrustedDeviceStore devices)
{
    private const string Name = "__Host-trusted-device";

    private static readonly CookieOptions Cookie = new()
    {
        Secure = true,
        HttpOnly = true,
        SameSite = SameSiteMode.Lax,
        Path = "/",
        IsEssential = true,
        MaxAge = TimeSpan.FromDays(30),
    };

    public async Task<bool> IsTrustedAsync(HttpContext http, Guid userId) =>
        Read(http) is { } token && await devices.IsTrustedAsync(userId, token, http.RequestAborted);

    /// <summary>The remembered browsers of a person; the one at hand is marked.</summary>
    public Task<List<TrustedDevice>> ListAsync(HttpContext http, Guid userId) =>
        devices.ListAsync(userId, Read(http), http.RequestAborted);

    /// <summary>After a second factor, because the person asked for it. A browser that is remembered already stays one,
    /// and its time begins anew.</summary>
    public async Task RememberAsync(HttpContext http, CredentialProof proof)
    {
        if (await devices.TrustAsync(proof, Read(http), http.ReadRequestContext(), http.RequestAborted) is { } token)
            http.Response.Cookies.Append(Name, token.Value, Cookie);
    }

    /// <summary>Takes the cookie away: the account is gone.</summary>
    public static void Forget(HttpContext http) => http.Response.Cookies.Delete(Name, Cookie);

    private static OpaqueToken? Read(HttpContext http) =>
        OpaqueToken.TryParse(http.Request.Cookies[Name], out var token) ? token : null;
}
