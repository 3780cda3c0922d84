using Identity.Core.Grants;
using Identity.DuendeHost.Requests;
using Identity.Server.Protocol.Denials;
using Identity.Server.Protocol.Endpoints.Token;
using Identity.Server.Protocol.Grants;
using CoreClient = Identity.Core.Clients.Client;

namespace Identity.DuendeHost.Grants;

/// <summary>Notes what a statement of the rooms granted or why it did not, for the steps of Duende that
/// follow.</summary>
internal sealed class Redemptions(GrantIssuance issuances, TokenKeys keys, RequestState state)
{
    /// <summary>False if tokens of this client could not be written now; then nothing may be claimed.</summary>
    public async Task<bool> AreTokensPossibleAsync(CoreClient client, CancellationToken cancellationToken)
    {
        var needsIdToken = client.Scopes.Contains("openid");
        return await keys.CheckAsync(client, needsIdToken, cancellationToken) is not { } missing || Refuse(missing);
    }

    /// <summary>The grant; null for a refusal.</summary>
    /// <param name="asked">The scope that was asked for, for the log.</param>
    public TokenGrant? Note(CoreClient client, string rule, GrantRedemption redemption, string? asked)
    {
        if (redemption is GrantRedemption.Granted granted)
        {
            state.Issuance = issuances.Of(client, granted, null, state.Key);
            return granted.Grant;
        }
        Refuse(GrantIssuance.RefusalOf(rule, ((GrantRedemption.Refused)redemption).Reason, asked));
        return null;
    }

    /// <summary>Refuses. Always false.</summary>
    public bool Refuse(Denial denial)
    {
        state.Denial = denial;
        return false;
    }
}
