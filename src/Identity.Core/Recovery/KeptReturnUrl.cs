using System.Security.Cryptography;
using System.Text;
using Identity.Core.Keys;

namespace Identity.Core.Recovery;

/// <summary>The return URL of a sign-in by mail, encrypted: it carries the request of a client.</summary>
internal static class KeptReturnUrl
{
    private const int MaxLength = 8192;

    /// <summary>Null if there is none, or one that is too long to keep.</summary>
    public static byte[]? Protect(MasterKey master, string purpose, string id, string? returnUrl) =>
        returnUrl is { Length: > 0 and <= MaxLength }
            ? master.Protect(purpose, id, Encoding.UTF8.GetBytes(returnUrl))
            : null;

    /// <summary>Null if there is none, or one that cannot be read: it does not affect who the person is, so it is
    /// dropped.</summary>
    public static string? Unprotect(MasterKey master, string purpose, string id, byte[]? kept)
    {
        try
        {
            return kept is null ? null : Encoding.UTF8.GetString(master.Unprotect(purpose, id, kept));
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
