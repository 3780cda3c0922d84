using Identity.Core.Clients;
using Identity.Server.Protocol.Tokens;
using Identity.Server.Protocol.Tokens.Jose;
using Microsoft.AspNetCore;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Extensions.Dpop;

/// <summary> Proofs at the token endpoint (RFC 9449 section 5), for every grant: the client has authenticated, and
/// nothing except the proof is consumed yet. Issued tokens are then bound to the key.
/// </summary>
internal sealed class RequireTokenProof(ClientRegistry registry, DpopRules rules)
    : IOpenIddictServerHandler<ValidateTokenRequestContext>
{
    public async ValueTask HandleAsync(ValidateTokenRequestContext context)
    {
        if (context.IsRejected || registry.Find(context.ClientId) is not { } client)
            return;
        var outcome = await rules.CheckTokenRequestAsync(context.Transaction.GetHttpRequest()!.HttpContext, client);
        if (outcome is DpopOutcome.Bound bound)
            context.Transaction.SetProvenKey(new ProvenKey(ProvenKey.DpopMember, bound.Thumbprint));
        else
            DpopRefusals.Refuse(context, nameof(RequireTokenProof), outcome);
    }
}
