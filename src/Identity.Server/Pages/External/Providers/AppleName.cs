using System.Text.Json;
using Identity.Server.Pages.Shared;
using Identity.Server.Presentation;

namespace Identity.Server.Pages.External.Providers;

/// <summary>The person's name at Apple. Apple sends it once, with the first answer, by the browser and unsigned: it is
/// shown and proposed, and identifies nobody.</summary>
internal static class AppleName
{
    private const string CookieName = "__Host-external-name";
    private const int MaxLength = 100;

    // As long as the rest of the redirect takes.
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(2);

    /// <summary>Keeps the name of the answer's parameter <c>user</c> until the code is redeemed.</summary>
    public static void Keep(HttpContext http, ProtectedCookies cookies, string? user)
    {
        if (Read(user) is { } name)
            cookies.Keep(http, CookieName, name, Lifetime);
    }

    /// <summary>The name that <see cref="Keep"/> kept, once.</summary>
    public static string? Take(HttpContext http, ProtectedCookies cookies)
    {
        var name = cookies.Read(http, CookieName);
        ProtectedCookies.Forget(http, CookieName);
        return name;
    }

    private static string? Read(string? user)
    {
        if (user is null)
            return null;
        try
        {
            using var json = JsonDocument.Parse(user);
            if (
                json.RootElement.ValueKind != JsonValueKind.Object
                || !json.RootElement.TryGetProperty("name", out var parts)
            )
                return null;
            var name = string.Join(' ', new[] { parts.TextOf("firstName"), parts.TextOf("lastName") }.OfType<string>());
            return PersonalText.TryRead(name, MaxLength, out var read) ? read : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
