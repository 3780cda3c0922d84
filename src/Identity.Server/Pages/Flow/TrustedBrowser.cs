using Identity.Core.Credentials;
using Identity.Core.Primitives;
using Identity.Core.TwoFactor;
using Identity.Server.Browser;

namespace Identity.Server.Pages.Flow;

/// <summary>The cookie of a browser that is not asked for a second factor (MF-7). The database stores whose browser it
/// is; for anyone else the cookie has no effect.</summary>
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

    /// <summary>The trusted browsers of a person; the current one is marked.</summary>
    public Task<List<TrustedDevice>> ListAsync(HttpContext http, Guid userId) =>
        devices.ListAsync(userId, Read(http), http.RequestAborted);

    /// <summary>Trusts the browser after a second factor, if the person asked for it. An already trusted browser stays
    /// a single entry, and its time starts again.</summary>
    public async Task RememberAsync(HttpContext http, CredentialProof proof)
    {
        if (await devices.TrustAsync(proof, Read(http), http.ReadRequestContext(), http.RequestAborted) is { } token)
            http.Response.Cookies.Append(Name, token.Value, Cookie);
    }

    /// <summary>Removes the cookie after the account was deleted.</summary>
    public static void Forget(HttpContext http) => http.Response.Cookies.Delete(Name, Cookie);

    private static OpaqueToken? Read(HttpContext http) =>
        OpaqueToken.TryParse(http.Request.Cookies[Name], out var token) ? token : null;
}
