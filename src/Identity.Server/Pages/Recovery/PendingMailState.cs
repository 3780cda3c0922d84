using System.Text.Json;
using Identity.Core.Primitives;
using Identity.Server.Browser;
using Identity.Server.Pages.Shared;

namespace Identity.Server.Pages.Recovery;

// Recovery's pages own the flows that use a mail: from the form that requests one to the page behind its link.
// Core.Recovery owns what a link proves, and that it works once. A page that a link opens consumes nothing for GET or
// HEAD, because mail programs open links too (RV-2); it removes the token from its address at once (RV-4) and asks the
// person to press a button.

/// <summary> The state of a browser that requested a mail: the typed address, to send it again, and the return URL, to
/// continue after the link. It does not reveal whether there is an account.
/// </summary>
internal sealed record PendingMailState(string Email, string? ReturnUrl)
{
    private const string Name = "__Host-pending-mail";

    /// <summary>It has to fit, encrypted, into a cookie of 4 KB.</summary>
    private const int MaxReturnUrlLength = 2000;
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    /// <summary>Keeps it for an hour, the lifetime of the mailed links that continue a flow.</summary>
    public static void Keep(HttpContext http, ProtectedCookies cookies, string email, string? returnUrl) =>
        cookies.Keep(
            http,
            Name,
            JsonSerializer.Serialize(
                new PendingMailState(email, returnUrl is { Length: <= MaxReturnUrlLength } ? returnUrl : null)
            ),
            Lifetime
        );

    /// <summary>The state, or null. The return URL is checked again (WB-3).</summary>
    public static PendingMailState? Read(HttpContext http, ProtectedCookies cookies) =>
        cookies.Read(http, Name) is { } text && JsonSerializer.Deserialize<PendingMailState>(text) is { } state
            ? state with
            {
                ReturnUrl = LocalUrl.OrNull(state.ReturnUrl),
            }
            : null;

    /// <summary>Whether the mail was requested for this address, in any spelling.</summary>
    public bool IsFor(string email) =>
        EmailAddress.TryParse(Email, out var asked)
        && EmailAddress.TryParse(email, out var other)
        && asked.Canonical == other.Canonical;

    /// <summary>Removes the state.</summary>
    public static void Forget(HttpContext http) => ProtectedCookies.Forget(http, Name);
}
