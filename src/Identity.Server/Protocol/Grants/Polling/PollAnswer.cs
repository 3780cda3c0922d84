using Identity.Core.Clients;
using Identity.Core.Data;
using Identity.Core.Grants;
using Identity.Core.Grants.Polling;
using Identity.Server.Browser;
using Identity.Server.Protocol.Denials;
using Identity.Server.Protocol.Tokens;
using Identity.Server.Protocol.Tokens.Jose;
using Microsoft.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Grants.Polling;

/// <summary>One poll at a store: what becomes of an approved request in the same transaction, and what came of
/// it.</summary>
internal delegate Task<(PollResult Result, GrantRedemption? Issued)> Poll(
    Func<DatabaseTransaction, ApprovedRequest, CancellationToken, Task<GrantRedemption>> issue,
    CancellationToken cancellationToken
);

/// <summary>The token endpoint's answer to a poll (RFC 8628 section 3.5, CIBA Core section 11): tokens once, and until
/// then the word for why not.</summary>
internal sealed class PollAnswer(RefreshTokenStore tokens, GrantAnswer answer)
{
    /// <summary>
    /// Polls and answers. The tokens are made in the transaction that uses the request up, so that a crash between
    /// leaves the approval to the next poll. One SQL command, two with tokens.
    /// </summary>
    public async Task ApplyAsync(HandleTokenRequestContext context, Client client, string rule, Poll poll)
    {
        var http = context.Transaction.GetHttpRequest()!.HttpContext;
        var (result, issued) = await poll(
            (transaction, request, cancellation) =>
                tokens.IssueFirstAsync(transaction, FirstOf(context, client, request, http), cancellation),
            http.RequestAborted
        );
        if (issued is not null)
        {
            answer.Apply(context, client, rule, issued);
            return;
        }

        context.Deny(
            result switch
            {
                PollResult.Pending => new(
                    rule,
                    Errors.AuthorizationPending,
                    "The person has not decided yet.",
                    "a decision",
                    "none yet"
                ),
                PollResult.SlowDown slow => new(
                    rule,
                    Errors.SlowDown,
                    "Wait 5 seconds longer between polls from now on.",
                    $"a pause of {slow.Interval.TotalSeconds} seconds",
                    "less"
                ),
                PollResult.Denied => new(
                    rule,
                    Errors.AccessDenied,
                    "The request was denied.",
                    "consent",
                    "a denial, or a session that has ended"
                ),
                PollResult.Expired => new(
                    rule,
                    Errors.ExpiredToken,
                    "The request has expired.",
                    "a live request",
                    "an expired one"
                ),
                _ => new Denial(
                    rule,
                    Errors.InvalidGrant,
                    "There is no such request of this client, or it is used up.",
                    "a live request of this client",
                    "none"
                ),
            }
        );
    }

    private static FirstRefresh FirstOf(
        HandleTokenRequestContext context,
        Client client,
        ApprovedRequest request,
        HttpContext http
    )
    {
        // Without offline access there is nothing to go on with: the session of the grant lives as long as its one
        // token.
        // A confidential client proves itself at every refresh, and may change its key, but not go back to bearer
        // tokens (RFC 9449 section 5).
        var key = context.Transaction.GetProvenKey();
        var bound = client.IsConfidential ? null : key?.ToJson();
        var offline =
            client.GrantTypes.Contains(GrantTypes.RefreshToken) && request.Scopes.Contains(Scopes.OfflineAccess);
        return new(
            request.UserId,
            client.Id,
            request.Scopes,
            client.IsConfidential && key is not null
                ? request.Details with
                {
                    SenderConstrained = true,
                }
                : request.Details,
            bound,
            offline ? client.RefreshTokenIdleLifetime : null,
            offline ? client.RefreshTokenAbsoluteLifetime : client.AccessTokenLifetime,
            http.ReadRequestContext()
        );
    }
}
