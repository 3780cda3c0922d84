using Identity.Core.Clients;
using Identity.Server.Protocol.Denials;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Extensions.RichAuthorization;

/// <summary>Checks the details of an authorization request, pushed or not (RFC 9396 sections 3 and 5).</summary>
internal sealed class ValidateAuthorizationDetails(ClientRegistry registry, AuthorizationDetailsReader reader)
    : IOpenIddictServerHandler<ValidateAuthorizationRequestContext>
{
    public const string Parameter = "authorization_details";
    public const string InvalidDetails = "invalid_authorization_details";

    public ValueTask HandleAsync(ValidateAuthorizationRequestContext context)
    {
        if (
            Of(context.Request) is { } parameter
            && registry.Find(context.ClientId) is { } client
            && reader.Read(client, parameter) is AuthorizationDetailsResult.Invalid invalid
        )
            context.Deny(
                new(
                    nameof(ValidateAuthorizationDetails),
                    InvalidDetails,
                    invalid.Reason,
                    "objects of the client's types"
                )
            );
        return ValueTask.CompletedTask;
    }

    /// <summary>The parameter as received; null if absent.</summary>
    public static string? Of(OpenIddictRequest request) => (string?)request[Parameter];
}
