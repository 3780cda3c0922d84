using Duende.IdentityServer.Validation;
using Identity.DuendeHost.Requests;
using Identity.Server.Protocol.Extensions.Dpop;
using Identity.Server.Protocol.Tokens.Jose;

namespace Identity.DuendeHost.Grants;

/// <summary>Proofs of possession (RFC 9449) by the rules of this provider: a proof is good once on all instances of
/// either engine. Duende decides when one is needed. One SQL command.</summary>
internal sealed class Proofs(DpopRules rules, RequestState state, IHttpContextAccessor accessor) : IDPoPProofValidator
{
    public async Task<DPoPProofValidatonResult> ValidateAsync(DPoPProofValidatonContext context)
    {
        var http = accessor.Current();
        var outcome = await rules.CheckAsync(http, http.Request.Path.Value!, new(Required: true, null));
        switch (outcome)
        {
            case DpopOutcome.Bound bound:
                state.Key = new(ProvenKey.DpopMember, bound.Thumbprint);
                return new()
                {
                    IsError = false,
                    JsonWebKeyThumbprint = bound.Thumbprint,
                    Confirmation = state.Key.ToJson(),
                };
            case DpopOutcome.NonceNeeded needed:
                return Refuse(DpopRules.UseNonce, "The proof must carry the nonce of the DPoP-Nonce header.", needed);
            default:
                return Refuse(DpopRules.InvalidProof, ((DpopOutcome.Refused)outcome).Reason, null);
        }
    }

    private DPoPProofValidatonResult Refuse(string error, string reason, DpopOutcome.NonceNeeded? needed)
    {
        state.Denial = new(nameof(Proofs), error, reason, "a proof by RFC 9449 section 4.3");
        return new()
        {
            IsError = true,
            Error = error,
            ErrorDescription = reason,
            ServerIssuedNonce = needed?.Nonce,
        };
    }
}
