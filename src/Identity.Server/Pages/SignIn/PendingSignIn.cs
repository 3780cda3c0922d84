using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;

namespace Identity.Server.Pages.SignIn;

/// <summary>
/// "Password right, more is due": a cookie of its own, sealed by Data Protection, good for five minutes and for nothing but the next step of this sign-in (SE-3).
/// </summary>
internal sealed class PendingSignIn(IDataProtectionProvider protection, TimeProvider time)
{
    private const string Name = "__Host-pending";
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);
    private static readonly CookieOptions Cookie = new() { Secure = true, HttpOnly = true, SameSite = SameSiteMode.Lax, Path = "/", IsEssential = true, MaxAge = Lifetime };

    private readonly IDataProtector _seal = protection.CreateProtector("Identity.SignIn.Pending.v1");

    /// <summary>Who proved themselves, and how, up to now.</summary>
    public sealed record Proof(Guid UserId, string[] Amr, DateTimeOffset At);

    /// <summary>Keeps the proof. Its five minutes start anew with each step that succeeds.</summary>
    public void Keep(HttpContext http, Guid userId, string[] amr) =>
        http.Response.Cookies.Append(Name, _seal.Protect(JsonSerializer.Serialize(new Proof(userId, amr, time.GetUtcNow()))), Cookie);

    /// <summary>The proof, or null when there is none, it is too old, or it is not ours: the person starts again with their password.</summary>
    public Proof? Read(HttpContext http)
    {
        if (http.Request.Cookies[Name] is not { Length: > 0 } cookie)
            return null;
        try
        {
            var proof = JsonSerializer.Deserialize<Proof>(_seal.Unprotect(cookie));
            return proof is not null && time.GetUtcNow() - proof.At is { } age && age >= TimeSpan.Zero && age < Lifetime ? proof : null;
        }
        catch (Exception exception) when (exception is System.Security.Cryptography.CryptographicException or JsonException or FormatException)
        {
            return null;
        }
    }

    /// <summary>Takes it away.</summary>
    public static void Forget(HttpContext http)
    {
        if (http.Request.Cookies.ContainsKey(Name))
            http.Response.Cookies.Delete(Name, Cookie);
    }
}
