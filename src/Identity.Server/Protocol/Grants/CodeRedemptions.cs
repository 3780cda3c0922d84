using Identity.Core.Clients;
using Identity.Core.Grants;
using Identity.Server.Browser;
using Identity.Server.Protocol.Tokens.Jose;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Identity.Server.Protocol.Grants;

/// <summary>A code with what the client sends beside it (RFC 6749 4.1.3, RFC 7636 4.5).</summary>
internal sealed record PresentedCode(string Code, string? RedirectUri, string? Verifier)
{
    /// <summary>Redacted.</summary>
    public override string ToString() => "PresentedCode";
}

/// <summary>Redeems the code of a request, once (<see cref="RequestRedemption"/>): one statement checks and consumes
/// the code and creates the family (OA-5).</summary>
internal sealed class CodeRedemptions(AuthorizationCodeStore codes)
{
    /// <summary>One SQL command, and none when this request was redeemed before.</summary>
    /// <param name="key">The key that was proved; null without a proof.</param>
    public async Task<GrantRedemption> RedeemAsync(HttpContext http, Client client, PresentedCode code, ProvenKey? key)
    {
        if (RequestRedemption.Of(http) is { } known)
            return known;
        CodeRedemption redemption = new(
            code.Code,
            client.Id,
            code.RedirectUri,
            code.Verifier,
            key?.ToJson(),
            client.GrantTypes.Contains(GrantTypes.RefreshToken) ? client.RefreshTokenIdleLifetime : null,
            client.RefreshTokenAbsoluteLifetime,
            client.OfflineAccessOutlivesSession,
            http.ReadRequestContext(),
            BindsFamily: !client.IsConfidential
        );
        return RequestRedemption.Keep(http, await codes.RedeemAsync(redemption, http.RequestAborted));
    }
}
