using Identity.Core.Clients;
using Identity.Server.Protocol.Denials;
using Microsoft.AspNetCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Clients;

/// <summary>A client authenticates only by the methods that it registered (RFC 7591 section 2): a method that it does
/// not use cannot be used against it.</summary>
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
        // A client that cannot authenticate may not ask about tokens (RFC 7662 2.1), so it is refused before the token
        // is read.
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

    // Null if a confidential client presents nothing: the engine refuses that.
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
