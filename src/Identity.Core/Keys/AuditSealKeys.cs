using Identity.Core.Audit;

namespace Identity.Core.Keys;

/// <summary>Seals are keyed from the master key, for a purpose of their own; a former master key still verifies what it
/// sealed.</summary>
internal sealed class AuditSealKeys(MasterKey masterKey) : IAuditSealKeys
{
    private const string Purpose = "audit_seal";

    public string CurrentId => masterKey.CurrentId;

    public byte[] Find(string id) => masterKey.DeriveKey(Purpose, id);
}
