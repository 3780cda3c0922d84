using System.Runtime.CompilerServices;
using Duende.IdentityServer;
using Duende.IdentityServer.Models;
using Duende.IdentityServer.Stores;
using Identity.Core.Clients;
using Identity.DuendeHost.Requests;
using Client = Duende.IdentityServer.Models.Client;
using CoreClient = Identity.Core.Clients.Client;

namespace Identity.DuendeHost.Clients;

/// <summary>The clients of the <see cref="ClientRegistry"/> as Duende reads them: one for each record, made once. No
/// SQL.</summary>
internal sealed class RegistryClients(ClientRegistry registry, ILogger<RegistryClients> logger) : IClientStore
{
    // Null for a client that asks for what this host does not do. The record is immutable, so a change makes a new one.
    private readonly ConditionalWeakTable<CoreClient, Served> _served = [];

    private sealed record Served(Client? Client);

    public Task<Client?> FindClientByIdAsync(string clientId) =>
        Task.FromResult(registry.Find(clientId) is { } client ? _served.GetValue(client, Serve).Client : null);

    private Served Serve(CoreClient client)
    {
        var missing = string.Join(", ", UnsupportedFeatures.Of(client));
        if (missing.Length == 0)
            return new(Translate(client));
        Log.ClientNotServed(logger, client.Id, $"{missing} is not supported by this host.");
        return new(null);
    }

    // What Duende checks itself. Lifetimes, consent, claims and logout belong to the rooms and are not told.
    private static Client Translate(CoreClient client) =>
        new()
        {
            ClientId = client.Id,
            ClientName = client.Name,
            RequireClientSecret = client.IsConfidential,
            ClientSecrets = [.. client.Secrets.Select(SecretOf)],
            AllowedGrantTypes = [.. client.GrantTypes.Where(static grant => grant != ClientGrantType.RefreshToken)],
            AllowOfflineAccess = client.GrantTypes.Contains(ClientGrantType.RefreshToken),
            AllowedScopes = [.. client.Scopes],
            RedirectUris = [.. client.RedirectUris],
            PostLogoutRedirectUris = [.. client.PostLogoutRedirectUris],
            RequirePkce = !client.AllowNonceInsteadOfPkce,
            RequirePushedAuthorization = client.RequirePushedAuthorizationRequests,
            RequireDPoP = client.DpopBoundAccessTokens,
        };

    // Duende compares the SHA-256 in base64, and in the same time for every wrong value.
    private static Secret SecretOf(ClientSecret secret) =>
        new(Convert.ToBase64String(secret.Sha256), secret.ExpiresAt?.UtcDateTime)
        {
            Type = IdentityServerConstants.SecretTypes.SharedSecret,
        };
}
