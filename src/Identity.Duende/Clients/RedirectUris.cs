using Duende.IdentityServer.Validation;
using Identity.Core.Clients;
using Client = Duende.IdentityServer.Models.Client;

namespace Identity.DuendeHost.Clients;

/// <summary>Compares addresses by the rules of this provider (OA-1): exact, but for the port of a native app's loopback
/// address.</summary>
internal sealed class RedirectUris(ClientRegistry registry) : IRedirectUriValidator
{
    public Task<bool> IsRedirectUriValidAsync(string requestedUri, Client client) =>
        Task.FromResult(registry.Find(client.ClientId)?.AllowsRedirectUri(requestedUri) == true);

    public Task<bool> IsPostLogoutRedirectUriValidAsync(string requestedUri, Client client) =>
        Task.FromResult(registry.Find(client.ClientId)?.AllowsPostLogoutRedirectUri(requestedUri) == true);
}
