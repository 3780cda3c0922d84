using Identity.Server.Protocol.Denials;
using Identity.Server.Protocol.Requests.Parsing;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Endpoints.Authorize;

/// <summary>max_age is a whole number of seconds (OIDC Core 3.1.2.1). An unreadable one must not be ignored, because
/// the client relies on it.</summary>
internal sealed class ValidateMaxAge : IOpenIddictServerHandler<ValidateAuthorizationRequestContext>
{
    public ValueTask HandleAsync(ValidateAuthorizationRequestContext context)
    {
        var request = context.Request.ToAuthorization();
        if (request is { MaxAgeText: { } text, MaxAge: null })
        {
            context.Deny(
                new(
                    nameof(ValidateMaxAge),
                    OpenIddictConstants.Errors.InvalidRequest,
                    "The max_age is not a whole number of seconds.",
                    "0 to 2147483647",
                    $"{text.Length} characters"
                )
            );
        }
        return ValueTask.CompletedTask;
    }
}
