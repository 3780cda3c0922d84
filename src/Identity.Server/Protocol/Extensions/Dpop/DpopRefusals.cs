using Identity.Server.Protocol.Denials;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Extensions.Dpop;

/// <summary>How the engine answers the outcome of a proof.</summary>
internal static class DpopRefusals
{
    /// <summary>Refuses the request for a failed outcome. False if there is nothing to refuse.</summary>
    public static bool Refuse(BaseValidatingContext context, string rule, DpopOutcome outcome)
    {
        switch (outcome)
        {
            case DpopOutcome.NonceNeeded:
                context.Deny(
                    new(
                        rule,
                        DpopRules.UseNonce,
                        "The proof must carry the nonce of the DPoP-Nonce header.",
                        "a nonce of ours, not older than five minutes"
                    )
                );
                return true;
            case DpopOutcome.Refused { KeyMismatch: true } refused:
                context.Deny(new(rule, Errors.InvalidToken, refused.Reason, "a proof by the bound key"));
                return true;
            case DpopOutcome.Refused refused:
                context.Deny(new(rule, DpopRules.InvalidProof, refused.Reason, "a proof by RFC 9449 section 4.3"));
                return true;
            default:
                return false;
        }
    }
}
