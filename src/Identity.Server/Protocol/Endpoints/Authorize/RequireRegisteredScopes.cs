using Identity.Core.Clients;
using Identity.Server.Protocol.Denials;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Endpoints.Authorize;

/// <summary>A client gets only the scopes that it registered (OA-13); another scope is an error and is not silently
/// ignored (RFC 6749 4.1.2.1).</summary>
internal sealed class RequireRegisteredScopes(ClientRegistry registry)
    : IOpenIddictServerHandler<ValidateAuthorizationRequestContext>
{
    public ValueTask HandleAsync(ValidateAuthorizationRequestContext context)
    {
        if (
            registry.Find(context.ClientId) is { } client
            && FindExcess(client, context.Request.GetScopes()) is { } excess
        )
        {
            context.Deny(
                new(
                    nameof(RequireRegisteredScopes),
                    OpenIddictConstants.Errors.InvalidScope,
                    "A scope is unknown, or the client is not registered for it.",
                    string.Join(' ', client.Scopes.Order(StringComparer.Ordinal)),
                    excess
                )
            );
        }
        return ValueTask.CompletedTask;
    }

    /// <summary>The first scope that the client may not have; null if there is none.</summary>
    public static string? FindExcess(Client client, IEnumerable<string> scopes) =>
        scopes.FirstOrDefault(scope => !client.Scopes.Contains(scope));
}
