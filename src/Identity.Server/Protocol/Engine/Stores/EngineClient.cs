using System.Collections.Immutable;
using Identity.Core.Clients;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Identity.Server.Protocol.Engine.Stores;

/// <summary>A client as the engine sees it: the client itself and its permissions in the engine's terms, computed
/// once.</summary>
internal sealed class EngineClient
{
    public EngineClient(Client client)
    {
        Client = client;
        Permissions = [.. PermissionsOf(client)];
        Requirements = [.. RequirementsOf(client)];
    }

    public Client Client { get; }

    public ImmutableArray<string> Permissions { get; }

    public ImmutableArray<string> Requirements { get; }

    public string Type => Client.IsConfidential ? ClientTypes.Confidential : ClientTypes.Public;

    public string ApplicationType =>
        Client.Profile == ClientProfile.Native ? ApplicationTypes.Native : ApplicationTypes.Web;

    private static IEnumerable<string> RequirementsOf(Client client)
    {
        if (client.RequirePushedAuthorizationRequests)
            yield return OpenIddict.Abstractions.OpenIddictConstants.Requirements.Features.PushedAuthorizationRequests;
        if (!client.AllowNonceInsteadOfPkce)
            yield return OpenIddict.Abstractions.OpenIddictConstants.Requirements.Features.ProofKeyForCodeExchange;
    }

    private static IEnumerable<string> PermissionsOf(Client client)
    {
        foreach (var grantType in client.GrantTypes)
            yield return OpenIddict.Abstractions.OpenIddictConstants.Permissions.Prefixes.GrantType + grantType;
        yield return OpenIddict.Abstractions.OpenIddictConstants.Permissions.Endpoints.Token;
        yield return OpenIddict.Abstractions.OpenIddictConstants.Permissions.Endpoints.Revocation;
        yield return OpenIddict.Abstractions.OpenIddictConstants.Permissions.Endpoints.EndSession;
        if (client.IsConfidential)
            yield return OpenIddict.Abstractions.OpenIddictConstants.Permissions.Endpoints.Introspection;
        if (client.GrantTypes.Contains(GrantTypes.AuthorizationCode))
        {
            yield return OpenIddict.Abstractions.OpenIddictConstants.Permissions.Endpoints.Authorization;
            yield return OpenIddict.Abstractions.OpenIddictConstants.Permissions.Endpoints.PushedAuthorization;
            yield return OpenIddict.Abstractions.OpenIddictConstants.Permissions.ResponseTypes.Code;
        }
        // One kind of endpoint for the engine: each checks its own grant type.
        if (client.GrantTypes.Contains(GrantTypes.DeviceCode) || client.GrantTypes.Contains(ClientGrantType.Ciba))
            yield return OpenIddict.Abstractions.OpenIddictConstants.Permissions.Endpoints.DeviceAuthorization;
    }
}
