using Identity.Core.Primitives;
using Identity.Core.Sessions;
using Microsoft.Extensions.Options;
using SessionOptions = Identity.Core.Sessions.SessionOptions;

namespace Identity.Server.Browser;

/// <summary> The accounts that are signed in in this browser (docs/decisions/0042). Each session has a cookie of its
/// own, named after it, beside the cookie of the current session: answers that cross add to the list and never replace
/// it, so that no session stays live without a place in the browser. The database decides what a cookie is worth.
/// </summary>
internal sealed class BrowserAccounts(SessionStore sessions, StateCookie state, IOptions<SessionOptions> options)
{
    /// <summary>How the cookie of a session is named: this and its id, 32 hex digits.</summary>
    public const string CookiePrefix = "__Host-account-";

    private sealed record Held(Guid SessionId, OpaqueToken Token);

    /// <summary>Whether a browser may hold more than one account.</summary>
    public bool AreSeveral => Most > 1;

    private int Most => options.Value.AccountsPerBrowser;

    /// <summary>The service of a request, for the static members of <see cref="BrowserSession"/>.</summary>
    public static BrowserAccounts Of(HttpContext http) => http.RequestServices.GetRequiredService<BrowserAccounts>();

    /// <summary>Whether the browser holds a session beside the current one. No SQL: it may have ended.</summary>
    public bool HoldsOthers(HttpContext http) =>
        AreSeveral && Read(http).Exists(held => held.Token.Value != CurrentToken(http));

    /// <summary> The live sessions of this browser, one for each account: the current one first, then the most recently
    /// used. What has ended leaves the browser; what has no room, or belongs to an account that is there already, ends.
    /// One SQL statement for all others, and one for the current session if it was not read yet.
    /// </summary>
    public async Task<IReadOnlyList<ActiveSession>> ListAsync(HttpContext http)
    {
        var current = await http.GetActiveSessionAsync();
        var held = Read(http);
        var others = await OthersAsync(http, held, current);
        List<ActiveSession> kept = current is null ? [] : [current];
        List<Guid> surplus = [];
        foreach (var session in others.Where(static one => one.IsProved).Select(static one => one.Session))
        {
            if (AreSeveral && kept.Count < Most && kept.TrueForAll(one => one.UserId != session.UserId))
                kept.Add(session);
            else
                surplus.Add(session.Id);
        }
        if (surplus.Count > 0)
            await sessions.EndAsync(surplus, EndReason.Logout, http.ReadRequestContext(), http.RequestAborted);
        // The cookie of a live session with another token stays: the answer that brings the new token may be on its
        // way.
        var ended = held.Select(static one => one.SessionId)
            .Except(others.Select(static one => one.Session.Id))
            .Except(kept.Select(static session => session.Id));
        foreach (var id in surplus.Concat(ended))
            Forget(http, id);
        HoldCurrent(http, held, current);
        return kept;
    }

    /// <summary>A live session of this browser by its id, which a form or a client names; null if the browser does not
    /// hold it or it has ended. One SQL statement if it is not the current one.</summary>
    public async Task<ActiveSession?> FindAsync(HttpContext http, Guid sessionId)
    {
        var current = await http.GetActiveSessionAsync();
        if (!AreSeveral || current?.Id == sessionId)
            return current?.Id == sessionId ? current : null;
        var held = Read(http);
        HoldCurrent(http, held, current);
        return
            held.Find(one => one.SessionId == sessionId) is { } named
            && await sessions.ValidateAsync(named.Token.Digest, http.RequestAborted) is { } session
            && session.Id == sessionId
            ? session
            : null;
    }

    /// <summary>Makes room for one more account: ends what was used longest ago, above the limit.</summary>
    /// <param name="held">The list of <see cref="ListAsync"/>.</param>
    public async Task MakeRoomAsync(HttpContext http, IReadOnlyList<ActiveSession> held)
    {
        Guid[] leaving = [.. held.Skip(Most - 1).Select(static session => session.Id)];
        if (leaving.Length == 0)
            return;
        await sessions.EndAsync(leaving, EndReason.Logout, http.ReadRequestContext(), http.RequestAborted);
        foreach (var id in leaving)
            Forget(http, id);
    }

    /// <summary>Makes a session that this browser holds the current one: the pages act for its account from the next
    /// request on.</summary>
    public static void MakeCurrent(HttpContext http, Guid sessionId)
    {
        if (Read(http).Find(held => held.SessionId == sessionId) is { } held && held.Token.Value != CurrentToken(http))
            BrowserSession.Point(http, held.Token);
    }

    /// <summary>Holds a session with this token.</summary>
    public void Hold(HttpContext http, Guid sessionId, OpaqueToken token)
    {
        if (AreSeveral)
            http.Response.Cookies.Append(NameOf(sessionId), token.Value, BrowserSession.Cookie);
    }

    /// <summary>The session has ended: it leaves the browser, and clients that poll notice.</summary>
    public void Forget(HttpContext http, Guid sessionId)
    {
        var name = NameOf(sessionId);
        if (http.Request.Cookies.ContainsKey(name))
            http.Response.Cookies.Delete(name, BrowserSession.Cookie);
        state.Forget(http, sessionId);
    }

    /// <summary>The current session is no longer live: clients that poll notice.</summary>
    public void ForgetState(HttpContext http)
    {
        StateCookie.Forget(http);
        if (Read(http).Find(held => held.Token.Value == CurrentToken(http)) is { } ended)
            state.Forget(http, ended.SessionId);
    }

    private async Task<List<HeldSession>> OthersAsync(HttpContext http, List<Held> held, ActiveSession? current)
    {
        (Guid, Sha256Digest)[] others =
        [
            .. held.Where(one => one.SessionId != current?.Id).Select(static one => (one.SessionId, one.Token.Digest)),
        ];
        return others.Length == 0 ? [] : await sessions.ListHeldAsync(others, http.RequestAborted);
    }

    // A session from before the setting was on has no cookie of its own.
    private void HoldCurrent(HttpContext http, List<Held> held, ActiveSession? current)
    {
        if (
            current is not null
            && !held.Exists(one => one.SessionId == current.Id)
            && OpaqueToken.TryParse(CurrentToken(http), out var token)
        )
            Hold(http, current.Id, token);
    }

    private static string? CurrentToken(HttpContext http) => http.Request.Cookies[BrowserSession.CookieName];

    private static string NameOf(Guid sessionId) => CookiePrefix + sessionId.ToString("N");

    private static List<Held> Read(HttpContext http)
    {
        List<Held> held = [];
        foreach (var (name, value) in http.Request.Cookies)
        {
            if (
                name.StartsWith(CookiePrefix, StringComparison.Ordinal)
                && Guid.TryParseExact(name.AsSpan(CookiePrefix.Length), "N", out var id)
                && OpaqueToken.TryParse(value, out var token)
            )
                held.Add(new(id, token));
        }
        return held;
    }
}
