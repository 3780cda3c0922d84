using Identity.Server.Protocol.Tokens.Jose;
using OpenIddict.Server;

namespace Identity.Server.Protocol.Tokens;

/// <summary>Passes the proved key from the rule that checked it to the grants and the token writers.</summary>
internal static class ProvenKeys
{
    public static void SetProvenKey(this OpenIddictServerTransaction transaction, ProvenKey key) =>
        transaction.SetProperty(typeof(ProvenKey).FullName!, key);

    /// <summary>Null if the request proved none.</summary>
    public static ProvenKey? GetProvenKey(this OpenIddictServerTransaction transaction) =>
        transaction.GetProperty<ProvenKey>(typeof(ProvenKey).FullName!);
}
