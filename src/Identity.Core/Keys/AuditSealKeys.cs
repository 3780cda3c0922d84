using Identity.Core.Audit;

namespace Identity.Core.Keys;

/// <summary>Derives the keys of seals from the master key, for their own purpose. A former master key still verifies
/// what it sealed.</summary>
internal sealed class AuditSealKeys(MasterKey masterKey) : IAuditSealKeys
{
    private const string Purpose = "audit_seal";

    public string CurrentId => masterKey.CurrentId;

    public byte[] Find(string id) => masterKey.DeriveKey(Purpose, id);
}
