using Identity.Core.Clients;
using Identity.Server.Protocol.Denials;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Extensions.ResourceIndicators;

/// <summary>Checks the resources of an authorization request, pushed or not (RFC 8707 section 2.1).</summary>
internal sealed class RequireAllowedResources(ClientRegistry registry)
    : IOpenIddictServerHandler<ValidateAuthorizationRequestContext>
{
    public const string InvalidTarget = "invalid_target";

    public ValueTask HandleAsync(ValidateAuthorizationRequestContext context)
    {
        if (
            registry.Find(context.ClientId) is { } client
            && ResourceRules.Request(client, registry.Catalog, context.Request.GetScopes(), Of(context.Request))
                is ResourceResult.Invalid invalid
        )
            context.Deny(
                new(
                    nameof(RequireAllowedResources),
                    InvalidTarget,
                    invalid.Reason,
                    "resources of the scopes or of the client"
                )
            );
        return ValueTask.CompletedTask;
    }

    /// <summary>The values of the parameter, which may be repeated.</summary>
    public static IReadOnlyList<string> Of(OpenIddictRequest request) => [.. request.GetResources()];
}
