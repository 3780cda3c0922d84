using System.Text.Json;
using Identity.Core.Primitives;
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

    /// <summary>Keeps the name of the answer's parameter <c>user</c> until the code is redeemed. Any site can post one,
    /// so it counts only for the journey that the answer's <c>state</c> names.</summary>
    public static void Keep(HttpContext http, ProtectedCookies cookies, string? state, string? user)
    {
        if (Read(user) is { } name)
            cookies.Keep(http, CookieName, MarkOf(state) + name, Lifetime);
    }

    /// <summary>The name that <see cref="Keep"/> kept for this journey, once.</summary>
    public static string? Take(HttpContext http, ProtectedCookies cookies, string? state)
    {
        var kept = cookies.Read(http, CookieName);
        ProtectedCookies.Forget(http, CookieName);
        var mark = MarkOf(state);
        return kept?.StartsWith(mark, StringComparison.Ordinal) == true ? kept[mark.Length..] : null;
    }

    private static string MarkOf(string? state) => Convert.ToHexStringLower(Sha256Digest.Of(state ?? "").Value) + ':';

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
