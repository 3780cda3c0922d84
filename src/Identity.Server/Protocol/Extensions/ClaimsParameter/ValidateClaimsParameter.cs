using Identity.Core.Clients;
using Identity.Core.Grants;
using Identity.Core.Profile;
using Identity.Server.Protocol.Denials;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Extensions.ClaimsParameter;

/// <summary>A malformed <c>claims</c> parameter is an error (OIDC Core 5.5): a client with an essential claim must not
/// get an answer without it.</summary>
internal sealed class ValidateClaimsParameter(ClientRegistry registry, SubjectIdentifiers subjects)
    : IOpenIddictServerHandler<ValidateAuthorizationRequestContext>
{
    public ValueTask HandleAsync(ValidateAuthorizationRequestContext context)
    {
        if ((string?)context.Request[Parameters.Claims] is not { } text)
            return ValueTask.CompletedTask;
        if (ClaimsRequest.Read(text) is not { } claims || !GrantDetails.TryReadJson(text, out _))
        {
            context.Deny(
                new(
                    nameof(ValidateClaimsParameter),
                    Errors.InvalidRequest,
                    "The claims parameter is not the JSON object of OIDC Core 5.5.",
                    "an object with userinfo and id_token",
                    $"{text.Length} characters"
                )
            );
        }
        else if (
            claims.Subject is { } subject
            && registry.Find(context.ClientId) is { } client
            && subjects.Find(client, subject) is null
        )
        {
            // No person has this subject, so the request is refused before anyone signs in.
            context.Deny(
                new(
                    nameof(ValidateClaimsParameter),
                    Errors.LoginRequired,
                    "The claims parameter asks for a sub that is none of this provider's.",
                    "a sub that the client was given"
                )
            );
        }
        return ValueTask.CompletedTask;
    }
}
