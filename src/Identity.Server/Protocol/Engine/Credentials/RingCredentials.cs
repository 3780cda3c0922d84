using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Identity.Core.Keys;
using Microsoft.IdentityModel.Tokens;

namespace Identity.Server.Protocol.Engine.Credentials;

/// <summary> The keys of the ring in the form that engines and JWT libraries use. Keys that only verify (announced and
/// retired ones) come without their private half, so that nothing can sign with them by mistake (KM-3, KM-4).
/// </summary>
internal sealed class RingCredentials(SigningKeyRing ring)
{
    private readonly ConditionalWeakTable<SigningKey, SigningCredentials> _signing = [];
    private readonly ConditionalWeakTable<SigningKey, SigningCredentials> _verifying = [];

    /// <summary>The signing keys, one per algorithm that has one; ES256 first.</summary>
    public IEnumerable<SigningCredentials> Signing =>
        ring
            .Algorithms.OrderByDescending(static name => name == SigningAlgorithm.ES256)
            .Select(ring.Find)
            .OfType<SigningKey>()
            .Select(key => _signing.GetValue(key, static current => Credentials(current, current.PrivateKey)));

    /// <summary>Every published key, without its private half.</summary>
    public IEnumerable<SigningCredentials> Verifying =>
        ring.Published.Select(key =>
            _verifying.GetValue(key, static published => Credentials(published, Public(published)))
        );

    private static SigningCredentials Credentials(SigningKey key, AsymmetricAlgorithm algorithm) =>
        new(
            algorithm switch
            {
                ECDsa ecdsa => new ECDsaSecurityKey(ecdsa) { KeyId = key.Kid },
                RSA rsa => new RsaSecurityKey(rsa) { KeyId = key.Kid },
                _ => throw new NotSupportedException($"Keys of type {algorithm.GetType().Name} are not signing keys."),
            },
            key.Algorithm
        );

    private static AsymmetricAlgorithm Public(SigningKey key) =>
        key.PrivateKey switch
        {
            ECDsa ecdsa => ECDsa.Create(ecdsa.ExportParameters(includePrivateParameters: false)),
            _ => RSA.Create(((RSA)key.PrivateKey).ExportParameters(includePrivateParameters: false)),
        };
}
