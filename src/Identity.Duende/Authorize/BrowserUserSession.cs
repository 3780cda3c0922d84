using System.Security.Claims;
using Duende.IdentityServer.Services;
using Identity.DuendeHost.Requests;
using Identity.Server.Browser;
using Microsoft.AspNetCore.Authentication;

namespace Identity.DuendeHost.Authorize;

// Authorize owns the way of an authorization request through Duende's endpoint: who is signed in, the decision, and the
// answer. Pages know none of it; they return to the same address.

/// <summary> The session of the browser, which is a row of this provider and no cookie ticket of Duende's: read where a
/// request needs it, one SQL command. Sessions begin and end in the rooms, so the rest does nothing.
/// </summary>
internal sealed class BrowserUserSession(IHttpContextAccessor accessor) : IUserSession
{
    public async Task<ClaimsPrincipal?> GetUserAsync() =>
        await accessor.Current().GetActiveSessionAsync() is { } session
            ? Subjects.Of(session.UserId.ToString("D"), session.LastProof, session.Amr)
            : null;

    public async Task<string?> GetSessionIdAsync() =>
        (await accessor.Current().GetActiveSessionAsync())?.Id.ToString("D");

    public Task<string> CreateSessionIdAsync(ClaimsPrincipal principal, AuthenticationProperties properties) =>
        throw new NotSupportedException("Sessions begin on the sign-in page.");

    /// <summary>Called for every request of any kind, so it must not read the session.</summary>
    public Task EnsureSessionIdCookieAsync() => Task.CompletedTask;

    public Task RemoveSessionIdCookieAsync() => Task.CompletedTask;

    /// <summary>The statement that issues a code notes the client of the session.</summary>
    public Task AddClientIdAsync(string clientId) => Task.CompletedTask;

    public Task<IEnumerable<string>> GetClientListAsync() => Task.FromResult<IEnumerable<string>>([]);
}
