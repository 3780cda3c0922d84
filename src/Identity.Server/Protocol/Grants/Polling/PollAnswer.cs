using Identity.Core.Clients;
using Identity.Core.Data;
using Identity.Core.Grants;
using Identity.Core.Grants.Polling;
using Identity.Server.Browser;
using Identity.Server.Protocol.Denials;
using Identity.Server.Protocol.Tokens;
using Microsoft.AspNetCore;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Grants.Polling;

/// <summary>One poll at a store: the work for an approved request in the same transaction, and the result.</summary>
internal delegate Task<(PollResult Result, GrantRedemption? Issued)> Poll(
    Func<DatabaseTransaction, ApprovedRequest, CancellationToken, Task<GrantRedemption>> issue,
    CancellationToken cancellationToken
);

/// <summary>The token endpoint's answer to a poll (RFC 8628 section 3.5, CIBA Core section 11): tokens once, and until
/// then the error code.</summary>
internal sealed class PollAnswer(RefreshTokenStore tokens, GrantAnswer answer)
{
    /// <summary> Polls and answers. The tokens are created in the transaction that consumes the request, so that after
    /// a crash the next poll gets them. One SQL command, two with tokens.
    /// </summary>
    public async Task ApplyAsync(HandleTokenRequestContext context, Client client, string rule, Poll poll)
    {
        var http = context.Transaction.GetHttpRequest()!.HttpContext;
        var (result, issued) = await poll(
            (transaction, request, cancellation) =>
                tokens.IssueFirstAsync(
                    transaction,
                    PollRules.FirstOf(client, request, context.Transaction.GetProvenKey(), http.ReadRequestContext()),
                    cancellation
                ),
            http.RequestAborted
        );
        if (issued is not null)
        {
            answer.Apply(context, client, rule, issued);
            return;
        }

        context.Deny(PollRules.RefusalOf(result, rule));
    }
}
