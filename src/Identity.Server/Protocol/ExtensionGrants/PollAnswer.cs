using Identity.Core.Clients;
using Identity.Core.Grants;
using Identity.Core.Grants.Polling;
using Identity.Server.Browser;
using Identity.Server.Protocol.Denials;
using Identity.Server.Protocol.Token;
using Microsoft.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.ExtensionGrants;

/// <summary>The token endpoint's answer to a poll (RFC 8628 section 3.5, CIBA Core section 11): tokens once, and until then the word for why not.</summary>
internal sealed class PollAnswer(RefreshTokenStore tokens, GrantAnswer answer)
{
    /// <summary>Answers. Tokens cost one SQL command more than the poll did.</summary>
    public async Task ApplyAsync(HandleTokenRequestContext context, Client client, string rule, PollResult result)
    {
        if (result is PollResult.Approved { Request: var request })
        {
            var http = context.Transaction.GetHttpRequest()!.HttpContext;
            var offline = client.GrantTypes.Contains(GrantTypes.RefreshToken) && request.Scopes.Contains(Scopes.OfflineAccess);
            // Without offline access there is nothing to go on with: the session of the grant lives as long as its one token.
            FirstRefresh first = new(
                request.UserId, client.Id, request.Scopes, request.Details, context.Transaction.GetProvenKey()?.ToJson(), offline ? client.RefreshTokenIdleLifetime : null,
                offline ? client.RefreshTokenAbsoluteLifetime : client.AccessTokenLifetime, http.ReadRequestContext());
            answer.Apply(context, client, rule, await tokens.IssueFirstAsync(first, http.RequestAborted));
            return;
        }

        context.Deny(result switch
        {
            PollResult.Pending => new(rule, Errors.AuthorizationPending, "The person has not decided yet.", "a decision", "none yet"),
            PollResult.SlowDown slow => new(rule, Errors.SlowDown, "Wait 5 seconds longer between polls from now on.", $"a pause of {slow.Interval.TotalSeconds} seconds", "less"),
            PollResult.Denied => new(rule, Errors.AccessDenied, "The request was denied.", "consent", "a denial, or a session that has ended"),
            PollResult.Expired => new(rule, Errors.ExpiredToken, "The request has expired.", "a live request", "an expired one"),
            _ => new Denial(rule, Errors.InvalidGrant, "There is no such request of this client, or it is used up.", "a live request of this client", "none"),
        });
    }
}
