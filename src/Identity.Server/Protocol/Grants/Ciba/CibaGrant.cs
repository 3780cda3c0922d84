using Identity.Core.Clients;
using Identity.Core.Grants.BackchannelAuthentication;
using Identity.Server.Protocol.Denials;
using Identity.Server.Protocol.Grants.Polling;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Grants.Ciba;

/// <summary>CIBA in poll mode at the token endpoint (CIBA Core section 10.1): one statement decides on the poll, and of
/// any number of parallel polls, one gets tokens.</summary>
internal sealed class CibaGrant(ClientRegistry registry, BackchannelAuthenticationStore requests, PollAnswer answer)
    : IOpenIddictServerHandler<HandleTokenRequestContext>
{
    public async ValueTask HandleAsync(HandleTokenRequestContext context)
    {
        if (context.Request.GrantType != ClientGrantType.Ciba || registry.Find(context.ClientId) is not { } client)
            return;
        if ((string?)context.Request["auth_req_id"] is not { Length: > 0 } authReqId)
        {
            context.Deny(
                new(
                    nameof(CibaGrant),
                    Errors.InvalidRequest,
                    "The parameter auth_req_id is missing.",
                    "auth_req_id",
                    "none"
                )
            );
            return;
        }
        await answer.ApplyAsync(
            context,
            client,
            nameof(CibaGrant),
            (issue, cancellation) => requests.PollAsync(authReqId, client.Id, issue, cancellation)
        );
    }
}
