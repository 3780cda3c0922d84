using Identity.Core.Clients;
using Identity.Core.Throttling;
using Identity.Server.Browser;
using Identity.Server.Protocol.Requests.ErrorAnswers;
using Microsoft.AspNetCore;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Clients;

/// <summary> Counts wrong secrets by IP address and client; beyond the limit, secrets of that pair are refused unread
/// for a while. Other addresses are not affected, so that a stranger cannot lock a client out (RFC 6749 section 2.3.1).
/// </summary>
internal sealed class LimitWrongSecrets(ClientRegistry registry, WriteLimiter limiter, TimeProvider time)
    : IOpenIddictServerHandler<ProcessAuthenticationContext>
{
    internal static readonly WriteLimit Limit = new(20, TimeSpan.FromSeconds(3));
    internal const string Kind = "wrong_client_secret";

    public ValueTask HandleAsync(ProcessAuthenticationContext context)
    {
        if (
            context.ClientSecret is not { Length: > 0 } secret
            || registry.Find(context.ClientId) is not { IsConfidential: true } client
        )
            return ValueTask.CompletedTask;
        var address = context.Transaction.GetHttpRequest()!.HttpContext.ReadRequestContext().IpAddress;
        if (limiter.Wait(Kind, address, client.Id, Limit) is { } pause)
            StrangerLimits.Refuse(context, Kind, pause);
        else if (!ClientSecrets.Verify(client, secret, time.GetUtcNow()))
            limiter.TryTake(Kind, address, client.Id, Limit);
        return ValueTask.CompletedTask;
    }
}
