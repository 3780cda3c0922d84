using Identity.Core.Grants.DeviceAuthorization;
using Identity.Server.Pages.Shared;
using Microsoft.AspNetCore.DataProtection;

namespace Identity.Server.Pages.Device;

/// <summary> Proof that this session submitted the code of a request, passed from one step of the page to the next. It
/// is encrypted and bound to the session, so that nobody can be led to the question by an address that somebody else
/// prepared (DV-2).
/// </summary>
internal sealed class DeviceVerificationState(IDataProtectionProvider protection, TimeProvider time)
{
    private const int IdCharacters = 32;

    private readonly TimedProtector _protector = new(
        protection.CreateProtector("Identity.Device.Verification.v2"),
        time
    );

    public string Protect(Guid sessionId, Guid requestId, UserCode code) =>
        _protector.Protect($"{sessionId:N}{requestId:N}{code.Value}", DeviceAuthorizationStore.DefaultLifetime);

    /// <summary>The request and its code; null if the text is invalid, another session's or expired.</summary>
    public (Guid RequestId, UserCode Code)? Unprotect(string? text, Guid sessionId)
    {
        if (text is not { Length: > 0 and <= 1000 } || _protector.Unprotect(text) is not { } state)
            return null;
        return
            state.StartsWith(sessionId.ToString("N"), StringComparison.Ordinal)
            && Guid.TryParseExact(state.AsSpan(IdCharacters, IdCharacters), "N", out var request)
            && UserCode.Parse(state[(2 * IdCharacters)..]) is { } code
            ? (request, code)
            : null;
    }
}
