using System.Buffers.Text;
using System.Security.Cryptography;
using Identity.Core.Keys;

namespace Identity.Server.Browser;

/// <summary>
/// The browser's state for pages of clients that watch it (OpenID Connect Session Management 1.0 section 3.2): a keyed
/// digest of the session's id, which says nothing of its token and differs from sign-in to sign-in. Scripts of our
/// frame read it, so it is not <c>HttpOnly</c>; the frame lives inside a page of another site, so it is
/// <c>SameSite=None</c>. It proves nothing and opens nothing.
/// </summary>
internal sealed class StateCookie(MasterKey master)
{
    /// <summary>The cookie that the frame reads.</summary>
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

    /// <summary>What the cookie holds while this session stands.</summary>
    public string ValueOf(Guid sessionId) =>
        Base64Url.EncodeToString(HMACSHA256.HashData(_key, sessionId.ToByteArray(bigEndian: true)).AsSpan(0, Bytes));

    /// <summary>Gives the browser the state of this session, where it has another or none.</summary>
    public void Keep(HttpContext http, Guid sessionId)
    {
        var value = ValueOf(sessionId);
        if (http.Request.Cookies[Name] != value)
            http.Response.Cookies.Append(Name, value, Cookie);
    }

    /// <summary>There is no session any more: frames that watch notice it.</summary>
    public static void Forget(HttpContext http)
    {
        if (http.Request.Cookies.ContainsKey(Name))
            http.Response.Cookies.Delete(Name, Cookie);
    }
}
