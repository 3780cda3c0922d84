using Duende.IdentityServer.Services;

namespace Identity.DuendeHost.Clients;

/// <summary>The provider answers preflights itself, before any engine (WB-7).</summary>
internal sealed class NoCors : ICorsPolicyService
{
    public Task<bool> IsOriginAllowedAsync(string origin) => Task.FromResult(false);
}
