using Identity.Server.Protocol.Denials;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Endpoints.Authorize;

/// <summary>Accepts only the response type <c>code</c>, exactly (OA-3). It precedes the engine's rules, which fail on a
/// list that names a type twice.</summary>
internal sealed class RequireCodeResponseType : IOpenIddictServerHandler<ValidateAuthorizationRequestContext>
{
    public ValueTask HandleAsync(ValidateAuthorizationRequestContext context)
    {
        if (context.Request.ResponseType is { Length: > 0 } type && type != OpenIddictConstants.ResponseTypes.Code)
            context.Deny(
                new(
                    nameof(RequireCodeResponseType),
                    OpenIddictConstants.Errors.UnsupportedResponseType,
                    "The response_type is not supported.",
                    OpenIddictConstants.ResponseTypes.Code,
                    $"{type.Length} characters"
                )
            );
        return ValueTask.CompletedTask;
    }
}
