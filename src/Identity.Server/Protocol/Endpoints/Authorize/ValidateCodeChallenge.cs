using Identity.Core.Clients;
using Identity.Server.Protocol.Denials;
using Identity.Server.Protocol.Endpoints.Authorize.Decision;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Endpoints.Authorize;

/// <summary>Applies the <see cref="CodeChallengeRule"/>. The engine has checked that a challenge comes with
/// S256.</summary>
internal sealed class ValidateCodeChallenge(ClientRegistry registry)
    : IOpenIddictServerHandler<ValidateAuthorizationRequestContext>
{
    public ValueTask HandleAsync(ValidateAuthorizationRequestContext context)
    {
        var request = context.Request;
        if (
            registry.Find(context.ClientId) is { } client
            && CodeChallengeRule.Check(
                client,
                request.CodeChallenge,
                request.Nonce,
                request.HasScope(OpenIddictConstants.Scopes.OpenId)
            )
                is { } denial
        )
            context.Deny(denial);
        return ValueTask.CompletedTask;
    }
}
