using Duende.IdentityServer.Models;
using Duende.IdentityServer.Stores;

namespace Identity.DuendeHost.Grants;

/// <summary> Duende's stores for grants of every type, refused: codes, refresh tokens, consents and devices are rows of
/// the rooms, each claimed by one statement. Whatever would still write here would be a second truth, so it fails
/// loudly.
/// </summary>
internal sealed class NoGrantStore : IPersistedGrantStore, IDeviceFlowStore, IPushedAuthorizationRequestStore
{
    public Task StoreAsync(PersistedGrant grant) => throw Refused(grant.Type);

    public Task<PersistedGrant?> GetAsync(string key) => throw Refused("a key");

    public Task<IEnumerable<PersistedGrant>> GetAllAsync(PersistedGrantFilter filter) => throw Refused(filter.Type);

    public Task RemoveAsync(string key) => throw Refused("a key");

    public Task RemoveAllAsync(PersistedGrantFilter filter) => throw Refused(filter.Type);

    public Task StoreDeviceAuthorizationAsync(string deviceCode, string userCode, DeviceCode data) =>
        throw Refused("device_code");

    public Task<DeviceCode?> FindByUserCodeAsync(string userCode) => throw Refused("user_code");

    public Task<DeviceCode?> FindByDeviceCodeAsync(string deviceCode) => throw Refused("device_code");

    public Task UpdateByUserCodeAsync(string userCode, DeviceCode data) => throw Refused("user_code");

    public Task RemoveByDeviceCodeAsync(string deviceCode) => throw Refused("device_code");

    public Task StoreAsync(PushedAuthorizationRequest pushedAuthorizationRequest) => throw Refused("pushed_request");

    public Task ConsumeByHashAsync(string referenceValueHash) => throw Refused("pushed_request");

    public Task<PushedAuthorizationRequest?> GetByHashAsync(string referenceValueHash) =>
        throw Refused("pushed_request");

    private static NotSupportedException Refused(string? type) =>
        new($"This host keeps no grant in Duende's stores ({type ?? "any"}): the rooms of Identity.Core do.");
}
