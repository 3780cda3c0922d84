using Identity.Core.Credentials;
using Identity.Core.Primitives;
using Identity.Core.TwoFactor;
using Identity.Server.Browser;

namespace Identity.Server.Pages.Flow;

/// <summary>The cookie of a browser that is not asked for a second factor (MF-7). The database stores whose browser it
/// is; for anyone else the cookie has no effect. People who share a browser each have a token in it, the last five
/// people at most.</summary>
internal sealed class TrustedBrowser(TrustedDeviceStore devices)
{
    private const int Most = 5;
    private const char Separator = '.';

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

    public async Task<bool> IsTrustedAsync(HttpContext http, Guid userId) => await FindAsync(http, userId) is not null;

    /// <summary>The trusted browsers of a person; the current one is marked.</summary>
    public async Task<List<TrustedDevice>> ListAsync(HttpContext http, Guid userId)
    {
        // Looking at the list is no use of the browser, so nothing is recorded.
        foreach (var token in Read(http))
        {
            var listed = await devices.ListAsync(userId, token, http.RequestAborted);
            if (listed.Exists(static device => device.IsThis))
                return listed;
        }
        return await devices.ListAsync(userId, null, http.RequestAborted);
    }

    /// <summary>Trusts the browser after a second factor, if the person asked for it. An already trusted browser stays
    /// a single entry, and its time starts again.</summary>
    public async Task RememberAsync(HttpContext http, CredentialProof proof)
    {
        var former = await FindAsync(http, proof.UserId);
        if (await devices.TrustAsync(proof, former, http.ReadRequestContext(), http.RequestAborted) is not { } token)
            return;
        var others = Read(http).Where(one => one.Value != former?.Value).Take(Most - 1);
        http.Response.Cookies.Append(
            Name,
            string.Join(Separator, others.Prepend(token).Select(static one => one.Value)),
            Cookie
        );
    }

    /// <summary>Removes the cookie after the account was deleted.</summary>
    public static void Forget(HttpContext http) => http.Response.Cookies.Delete(Name, Cookie);

    private async Task<OpaqueToken?> FindAsync(HttpContext http, Guid userId)
    {
        foreach (var token in Read(http))
        {
            if (await devices.IsTrustedAsync(userId, token, http.RequestAborted))
                return token;
        }
        return null;
    }

    private static IEnumerable<OpaqueToken> Read(HttpContext http)
    {
        foreach (var text in (http.Request.Cookies[Name] ?? "").Split(Separator, Most + 1).Take(Most))
        {
            if (OpaqueToken.TryParse(text, out var token))
                yield return token;
        }
    }
}
