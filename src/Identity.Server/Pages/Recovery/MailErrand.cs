using System.Text.Json;
using Identity.Server.Pages.Shared;

namespace Identity.Server.Pages.Recovery;

/// <summary>
/// What this browser asked a mail for: the address as it was typed, to send once more, and where the person was going,
/// to go on from the link in the mail. Says
/// nothing about whether there is an account.
/// </summary>
internal sealed record MailErrand(string Email, string? ReturnUrl)
{
    private const string Name = "__Host-errand";

    /// <summary>A cookie of 4 KB must hold it, sealed.</summary>
    private const int LongestReturnUrl = 2000;
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    /// <summary>Keeps it for an hour, as long as the links in mails live that lead on by themselves.</summary>
    public static void Keep(HttpContext http, SealedCookies cookies, string email, string? returnUrl) =>
        cookies.Keep(
            http,
            Name,
            JsonSerializer.Serialize(
                new MailErrand(email, returnUrl is { Length: <= LongestReturnUrl } ? returnUrl : null)
            ),
            Lifetime
        );

    /// <summary>The errand, or null. The return URL is checked anew (WB-3).</summary>
    public static MailErrand? Read(HttpContext http, SealedCookies cookies) =>
        cookies.Read(http, Name) is { } text && JsonSerializer.Deserialize<MailErrand>(text) is { } errand
            ? errand with
            {
                ReturnUrl = LocalUrl.OrNull(errand.ReturnUrl),
            }
            : null;

    /// <summary>It is done.</summary>
    public static void Forget(HttpContext http) => SealedCookies.Forget(http, Name);
}
