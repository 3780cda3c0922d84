using Identity.Core.Audit;
using Identity.Core.Clients;
using Identity.Core.Grants;
using Identity.Core.Grants.Polling;
using Identity.Server.Protocol.Denials;
using Identity.Server.Protocol.Tokens.Jose;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Identity.Server.Protocol.Grants.Polling;

/// <summary>The answer to a poll (RFC 8628 section 3.5, CIBA Core section 11), independent of the engine.</summary>
internal static class PollRules
{
    /// <summary>The refusal of a poll that gets no tokens.</summary>
    public static Denial RefusalOf(PollResult result, string rule) =>
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
            _ => new(
                rule,
                Errors.InvalidGrant,
                "There is no such request of this client, or it is used up.",
                "a live request of this client",
                "none"
            ),
        };

    /// <summary>The tokens of an approved request.</summary>
    /// <param name="key">The key that this request proved; null if none.</param>
    public static FirstRefresh FirstOf(Client client, ApprovedRequest request, ProvenKey? key, RequestContext origin)
    {
        // A confidential client authenticates at every refresh and may change its key, but not return to bearer tokens
        // (RFC 9449 section 5).
        var bound = client.IsConfidential ? null : key?.ToJson();
        // Without offline access there is no refresh token: the grant's session lives as long as its only access token.
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
            origin
        );
    }
}
