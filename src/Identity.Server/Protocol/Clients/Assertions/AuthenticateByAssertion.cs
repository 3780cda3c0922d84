using Identity.Server.Protocol.Denials;
using Identity.Server.Protocol.Engine;
using Microsoft.AspNetCore;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Clients.Assertions;

/// <summary><c>private_key_jwt</c> (RFC 7523, OIDC Core 9) wherever a client authenticates. One SQL command, which
/// claims the assertion; none for a bad one.</summary>
internal sealed class AuthenticateByAssertion(ClientAssertionReader reader, EndpointAddresses addresses)
    : IOpenIddictServerHandler<ProcessAuthenticationContext>
{
    public async ValueTask HandleAsync(ProcessAuthenticationContext context)
    {
        var (assertion, type) = (context.ClientAssertion, context.ClientAssertionType);
        if (!context.ExtractClientAssertion || (string.IsNullOrEmpty(assertion) && string.IsNullOrEmpty(type)))
            return;
        if (string.IsNullOrEmpty(assertion) || string.IsNullOrEmpty(type))
        {
            context.Deny(
                new(
                    nameof(AuthenticateByAssertion),
                    Errors.InvalidRequest,
                    "client_assertion and client_assertion_type go together.",
                    "both",
                    "one"
                )
            );
            return;
        }
        if (!string.IsNullOrEmpty(context.ClientSecret))
        {
            // RFC 6749 section 2.3: only one method per request.
            context.Deny(
                new(
                    nameof(AuthenticateByAssertion),
                    Errors.InvalidRequest,
                    "The client must authenticate in one way.",
                    "one way",
                    "a secret and an assertion"
                )
            );
            return;
        }
        if (type != ClientAssertionReader.AssertionType)
        {
            context.Deny(
                new(
                    nameof(AuthenticateByAssertion),
                    Errors.InvalidClient,
                    "The client_assertion_type is not supported.",
                    ClientAssertionReader.AssertionType,
                    $"{type.Length} characters"
                )
            );
            return;
        }

        var cancellation = context.Transaction.GetHttpRequest()!.HttpContext.RequestAborted;
        switch (
            await reader.ReadAsync(
                assertion,
                context.ClientId,
                addresses.AudiencesAt(PathOf(context.EndpointType)),
                cancellation
            )
        )
        {
            case ClientAssertionResult.Valid valid:
                context.ClientAssertionPrincipal = EnginePrincipal.Of(valid.Client.Id);
                break;
            case ClientAssertionResult.Invalid invalid:
                context.Deny(
                    new(
                        nameof(AuthenticateByAssertion),
                        Errors.InvalidClient,
                        "The client assertion is not acceptable.",
                        "an unused assertion by a key of the client, for this issuer, of now",
                        invalid.Reason
                    )
                );
                break;
        }
    }

    private static string PathOf(OpenIddictServerEndpointType endpoint) =>
        endpoint switch
        {
            OpenIddictServerEndpointType.PushedAuthorization => EndpointPaths.PushedAuthorization,
            OpenIddictServerEndpointType.Introspection => EndpointPaths.Introspection,
            OpenIddictServerEndpointType.Revocation => EndpointPaths.Revocation,
            _ => EndpointPaths.Token,
        };
}
