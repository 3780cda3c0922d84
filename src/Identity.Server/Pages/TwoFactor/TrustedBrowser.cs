using Identity.Core.Primitives;
using Identity.Core.TwoFactor;
using Identity.Server.Browser;

namespace Identity.Server.Pages.TwoFactor;

/// <summary>The cookie of a browser that need not show a second factor (MF-7). Whose browser it is the database knows: to anyone else's sign-in the cookie means nothing.</summary>
internal sealed class TrustedBrowser(TrustedDeviceStore devices)
{
    private const string Name = "__Host-trusted-device";

    private static readonly CookieOptions Cookie = new()
    {
        Secure = true, HttpOnly = true, SameSite = SameSiteMode.Lax, Path = "/", IsEssential = true, MaxAge = TimeSpan.FromDays(30),
    };

    public async Task<bool> IsTrustedAsync(HttpContext http, Guid userId) =>
        OpaqueToken.TryParse(http.Request.Cookies[Name], out var token) && await devices.IsTrustedAsync(userId, token, http.RequestAborted);

    /// <summary>After a second factor, because the person asked for it.</summary>
    public async Task RememberAsync(HttpContext http, Guid userId) =>
        http.Response.Cookies.Append(Name, (await devices.TrustAsync(userId, http.ReadRequestContext(), http.RequestAborted)).Value, Cookie);
}
