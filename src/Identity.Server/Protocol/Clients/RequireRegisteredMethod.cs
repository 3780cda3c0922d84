using Identity.Core.Clients;
using Identity.Server.Protocol.Denials;
using Microsoft.AspNetCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Clients;

/// <summary>A client authenticates in the ways it registered, and in no other (RFC 7591 section 2): what it does not
/// use cannot be used against it.</summary>
internal sealed class RequireRegisteredMethod(ClientRegistry registry)
    : IOpenIddictServerHandler<ProcessAuthenticationContext>
{
    public ValueTask HandleAsync(ProcessAuthenticationContext context)
    {
        if (
            context.EndpointType
            is OpenIddictServerEndpointType.Authorization
                or OpenIddictServerEndpointType.EndSession
                or OpenIddictServerEndpointType.UserInfo
        )
            return ValueTask.CompletedTask;
        if (registry.Find(context.ClientId) is not { } client)
            return ValueTask.CompletedTask;
        // Whoever cannot prove who they are may not ask about tokens (RFC 7662 2.1), and this must be said before the
        // token is looked at.
        if (context.EndpointType == OpenIddictServerEndpointType.Introspection && !client.IsConfidential)
        {
            context.Deny(
                new(
                    nameof(RequireRegisteredMethod),
                    OpenIddictConstants.Errors.InvalidClient,
                    "A public client cannot use this endpoint.",
                    "a confidential client",
                    ClientAuthMethod.None
                )
            );
            return ValueTask.CompletedTask;
        }
        if (PresentedMethod(context) is not { } method || client.AuthMethods.Contains(method))
            return ValueTask.CompletedTask;
        context.Deny(
            new(
                nameof(RequireRegisteredMethod),
                OpenIddictConstants.Errors.InvalidClient,
                "The client is not registered for this way of authenticating.",
                string.Join(' ', client.AuthMethods),
                method
            )
        );
        return ValueTask.CompletedTask;
    }

    // Null for nothing presented by a confidential client: that it must authenticate, the engine says.
    private static string? PresentedMethod(ProcessAuthenticationContext context)
    {
        if (!string.IsNullOrEmpty(context.ClientAssertion))
            return ClientAuthMethod.PrivateKeyJwt;
        if (string.IsNullOrEmpty(context.ClientSecret))
            return null;
        var header = context.Transaction.GetHttpRequest()?.Headers.Authorization.ToString();
        return header is not null && header.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase)
            ? ClientAuthMethod.SecretBasic
            : ClientAuthMethod.SecretPost;
    }
}
