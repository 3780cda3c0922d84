using Identity.Core.Clients;
using Identity.Core.Grants;
using Identity.Server.Protocol.Denials;
using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Tokens;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Grants;

/// <summary>The answer to a redeemed code or a rotated refresh token; the two grants differ only in the presented
/// token.</summary>
internal sealed class GrantAnswer(GrantIssuance issuances)
{
    public void Apply(HandleTokenRequestContext context, Client client, string rule, GrantRedemption redemption)
    {
        if (redemption is GrantRedemption.Granted granted)
            Issue(context, client, granted);
        else
            Refuse(context, rule, ((GrantRedemption.Refused)redemption).Reason);
    }

    private void Issue(HandleTokenRequestContext context, Client client, GrantRedemption.Granted granted)
    {
        context.Transaction.SetIssuance(
            issuances.Of(client, granted, context.Transaction.GetNarrowing(), context.Transaction.GetProvenKey())
        );
        context.SignIn(EnginePrincipal.Of(granted.Grant.Subject.Id.ToString("D")));
    }

    private static void Refuse(HandleTokenRequestContext context, string rule, GrantRefusal reason) =>
        context.Deny(GrantIssuance.RefusalOf(rule, reason, context.Request.Scope));
}
