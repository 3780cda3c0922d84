using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Grants.TokenExchange;

/// <summary>An invalid subject or actor token is answered with <c>invalid_request</c> (RFC 8693 section 2.2.2); the
/// engine uses other codes.</summary>
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
