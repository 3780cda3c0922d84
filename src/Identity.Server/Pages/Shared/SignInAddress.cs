using Identity.Core.Primitives;

namespace Identity.Server.Pages.Shared;

/// <summary>The address that was typed on the first page of an identifier-first sign-in, kept in this browser for the
/// pages that follow, so that no URL and no log has it. It tells nothing of an account.</summary>
internal static class SignInAddress
{
    private const string Name = "__Host-sign-in-address";
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    /// <summary>Keeps it for 10 minutes.</summary>
    public static void Keep(HttpContext http, ProtectedCookies cookies, EmailAddress address) =>
        cookies.Keep(http, Name, address.Value, Lifetime);

    /// <summary>The address, or null.</summary>
    public static EmailAddress? Read(HttpContext http, ProtectedCookies cookies) =>
        EmailAddress.TryParse(cookies.Read(http, Name), out var address) ? address : null;
}
