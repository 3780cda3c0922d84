using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Grants.TokenExchange;

/// <summary>A subject or actor token that is not valid makes an exchange an <c>invalid_request</c> (RFC 8693 section
/// 2.2.2); the engine has other words for it.</summary>
internal sealed class NormalizeTokenExchangeError : IOpenIddictServerHandler<ApplyTokenResponseContext>
{
    public ValueTask HandleAsync(ApplyTokenResponseContext context)
    {
        if (
            context.Request?.IsTokenExchangeGrantType() == true
            && context.Response.Error is Errors.InvalidToken or Errors.InvalidGrant or Errors.ExpiredToken
        )
            context.Response.Error = Errors.InvalidRequest;
        return ValueTask.CompletedTask;
    }
}
