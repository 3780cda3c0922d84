using System.Text.Json;
using Identity.Core.Primitives;
using Identity.Server.Browser;
using Identity.Server.Pages.Shared;

namespace Identity.Server.Pages.Recovery;

// Recovery's pages own the ways that lead over a mail: from a form that asks for one, to the page behind its link. What
// a link proves, and that it does so once, is Core.Recovery's. A page that a link opens consumes nothing for GET or
// HEAD, for mail programs open links, too (RV-2); it moves the token out of its address at once (RV-4), and asks the
// person to press a button.

/// <summary>
/// What this browser asked a mail for: the address as it was typed, to send once more, and where the person was going,
/// to go on from the link in the mail. Says nothing about whether there is an account.
/// </summary>
internal sealed record PendingMailState(string Email, string? ReturnUrl)
{
    private const string Name = "__Host-pending-mail";

    /// <summary>A cookie of 4 KB must hold it, sealed.</summary>
    private const int MaxReturnUrlLength = 2000;
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    /// <summary>Keeps it for an hour, as long as the links in mails live that lead on by themselves.</summary>
    public static void Keep(HttpContext http, ProtectedCookies cookies, string email, string? returnUrl) =>
        cookies.Keep(
            http,
            Name,
            JsonSerializer.Serialize(
                new PendingMailState(email, returnUrl is { Length: <= MaxReturnUrlLength } ? returnUrl : null)
            ),
            Lifetime
        );

    /// <summary>The state, or null. The return URL is checked anew (WB-3).</summary>
    public static PendingMailState? Read(HttpContext http, ProtectedCookies cookies) =>
        cookies.Read(http, Name) is { } text && JsonSerializer.Deserialize<PendingMailState>(text) is { } state
            ? state with
            {
                ReturnUrl = LocalUrl.OrNull(state.ReturnUrl),
            }
            : null;

    /// <summary>Whether the mail was asked for at this address, however it was spelled.</summary>
    public bool IsFor(string email) =>
        EmailAddress.TryParse(Email, out var asked)
        && EmailAddress.TryParse(email, out var other)
        && asked.Canonical == other.Canonical;

    /// <summary>It is done.</summary>
    public static void Forget(HttpContext http) => ProtectedCookies.Forget(http, Name);
}
