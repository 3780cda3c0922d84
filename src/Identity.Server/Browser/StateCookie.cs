using System.Buffers.Text;
using System.Security.Cryptography;
using Identity.Core.Keys;

namespace Identity.Server.Browser;

/// <summary> The browser state that clients' pages poll (OpenID Connect Session Management 1.0 section 3.2): a keyed
/// digest of the session's id, which reveals nothing about the token and differs for each sign-in. The script of the
/// session iframe reads it, so it is not <c>HttpOnly</c>; the iframe is embedded in other sites, so it is
/// <c>SameSite=None</c>. It grants nothing.
/// </summary>
internal sealed class StateCookie(MasterKey master)
{
    /// <summary>The cookie that the iframe reads.</summary>
    public const string Name = "__Host-identity-state";

    private const string Purpose = "session_state";
    private const int Bytes = 24;

    private static readonly CookieOptions Cookie = new()
    {
        Secure = true,
        HttpOnly = false,
        SameSite = SameSiteMode.None,
        Path = "/",
        IsEssential = true,
    };

    private readonly byte[] _key = master.DeriveKey(Purpose);

    /// <summary>The value of the cookie for this session.</summary>
    public string ValueOf(Guid sessionId) =>
        Base64Url.EncodeToString(HMACSHA256.HashData(_key, sessionId.ToByteArray(bigEndian: true)).AsSpan(0, Bytes));

    /// <summary>Sets the state of this session if the browser has another or none.</summary>
    public void Keep(HttpContext http, Guid sessionId)
    {
        var value = ValueOf(sessionId);
        if (http.Request.Cookies[Name] != value)
            http.Response.Cookies.Append(Name, value, Cookie);
    }

    /// <summary>The session has ended, which polling clients notice.</summary>
    public static void Forget(HttpContext http)
    {
        if (http.Request.Cookies.ContainsKey(Name))
            http.Response.Cookies.Delete(Name, Cookie);
    }
}
