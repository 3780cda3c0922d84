using Microsoft.IdentityModel.Tokens;

namespace Identity.Server.Protocol.Engine.Keys;

/// <summary>A placeholder for when the engine requires a key and there is none. It supports no algorithm, so it can
/// neither sign nor verify, and the key set leaves it out.</summary>
internal sealed class NoSigningKey : AsymmetricSecurityKey
{
    private NoSigningKey() => KeyId = "none";

    public static NoSigningKey Instance { get; } = new();

    public override int KeySize => 0;

    public override PrivateKeyStatus PrivateKeyStatus => PrivateKeyStatus.DoesNotExist;

    [Obsolete("The base class declares it so.")]
    public override bool HasPrivateKey => false;

    public override bool IsSupportedAlgorithm(string algorithm) => false;
}
