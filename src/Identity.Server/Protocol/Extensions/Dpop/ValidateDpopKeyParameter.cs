using Identity.Server.Protocol.Denials;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Extensions.Dpop;

/// <summary><c>dpop_jkt</c> is a thumbprint (RFC 9449 section 10): any other text would bind the code to a key that
/// cannot exist.</summary>
internal sealed class ValidateDpopKeyParameter : IOpenIddictServerHandler<ValidateAuthorizationRequestContext>
{
    public ValueTask HandleAsync(ValidateAuthorizationRequestContext context)
    {
        if (Problem((string?)context.Request[DpopRules.KeyParameter]))
            context.Deny(
                new(
                    nameof(ValidateDpopKeyParameter),
                    Errors.InvalidRequest,
                    "dpop_jkt is not the SHA-256 thumbprint of a key.",
                    "43 characters of base64url"
                )
            );
        return ValueTask.CompletedTask;
    }

    /// <summary>Whether the parameter is present but not a thumbprint.</summary>
    public static bool Problem(string? parameter) => parameter is not null && !DpopRules.IsThumbprint(parameter);
}
