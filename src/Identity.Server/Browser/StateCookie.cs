using System.Buffers.Text;
using System.Security.Cryptography;
using Identity.Core.Keys;
using Identity.Core.Sessions;
using Microsoft.Extensions.Options;
using SessionOptions = Identity.Core.Sessions.SessionOptions;

namespace Identity.Server.Browser;

/// <summary> The browser state that clients' pages poll (OpenID Connect Session Management 1.0 section 3.2): a keyed
/// digest of the session's id, which reveals nothing about the token and differs for each sign-in. The script of the
/// session iframe reads it, so it is not <c>HttpOnly</c>; the iframe is embedded in other sites, so it is
/// <c>SameSite=None</c>. It grants nothing. A browser that may hold several accounts has one for each of their
/// sessions, so that a client notices the end of its own session only.
/// </summary>
internal sealed class StateCookie(MasterKey master, IOptions<SessionOptions> options)
{
    /// <summary>The cookie that the iframe reads. Of several, each name goes on with a part of the state.</summary>
    public const string Name = "__Host-identity-state";

    private const string Purpose = "session_state";
    private const int Bytes = 24;
    private const int NamedCharacters = 8;

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
        var name = NameOf(value);
        if (http.Request.Cookies[name] != value)
            http.Response.Cookies.Append(name, value, Cookie);
    }

    /// <summary>This session has ended, which polling clients notice.</summary>
    public void Forget(HttpContext http, Guid sessionId) => Delete(http, NameOf(ValueOf(sessionId)));

    /// <summary>The only session has ended.</summary>
    public static void Forget(HttpContext http) => Delete(http, Name);

    private string NameOf(string value) =>
        options.Value.AccountsPerBrowser > 1 ? $"{Name}-{value[..NamedCharacters]}" : Name;

    private static void Delete(HttpContext http, string name)
    {
        if (http.Request.Cookies.ContainsKey(name))
            http.Response.Cookies.Delete(name, Cookie);
    }
}
