using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Identity.Core.Keys;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Server;
using OpenIddict.Validation;

namespace Identity.Server.Protocol.Engine.Keys;

/// <summary>
/// Hands the keys of the ring to the engine. The engine reads its options at every request through
/// <see cref="IOptionsMonitor{TOptions}"/>; one object fills them
/// and says when they are to be made anew, so that a request sees the keys of before or of after and never a list in
/// the making. What cannot sign (announced and retired keys) is handed over without its private half: the engine could
/// not sign with it by mistake (KM-3, KM-4).
/// </summary>
internal sealed partial class EngineKeys
    : IConfigureOptions<OpenIddictServerOptions>,
        IOptionsChangeTokenSource<OpenIddictServerOptions>,
        IOptionsChangeTokenSource<OpenIddictValidationOptions>,
        IDisposable
{
    private const string EncryptionPurpose = "engine_encryption";

    private readonly SigningKeyRing _ring;
    private readonly MasterKey _masterKey;
    private readonly ILogger<EngineKeys> _logger;
    private readonly ConditionalWeakTable<SigningKey, SigningCredentials> _signing = [];
    private readonly ConditionalWeakTable<SigningKey, SigningCredentials> _verifying = [];
    private readonly IDisposable _watch;
    private CancellationTokenSource _serverChange = new();
    private CancellationTokenSource _validationChange = new();

    public EngineKeys(SigningKeyRing ring, MasterKey masterKey, ILogger<EngineKeys> logger)
    {
        (_ring, _masterKey, _logger) = (ring, masterKey, logger);
        _watch = ChangeToken.OnChange(ring.GetChangeToken, Signal);
    }

    public string Name => Options.DefaultName;

    /// <summary>What signs with this algorithm now, for tokens whose client asks for another one than the engine's
    /// default.</summary>
    /// <exception cref="SigningKeyUnavailableException">Nothing may sign with it now.</exception>
    public SigningCredentials For(string algorithm) => Signing(_ring.Current(algorithm));

    /// <summary>
    /// The keys that sign first, ES256 before all, for the engine signs with the first one; then those that are only
    /// published. Without a key that may sign, the engine has those that verify: what signs asks <see cref="For"/> and
    /// is refused there, and everything else goes on.
    /// </summary>
    public void Configure(OpenIddictServerOptions options)
    {
        foreach (var algorithm in _ring.Algorithms.OrderByDescending(static name => name == SigningAlgorithm.ES256))
        {
            if (_ring.Find(algorithm) is { } key)
                options.SigningCredentials.Add(Signing(key));
        }
        HashSet<string> kids = [.. options.SigningCredentials.Select(static credentials => credentials.Kid)];
        foreach (var key in _ring.Published.Where(key => !kids.Contains(key.Kid)))
            options.SigningCredentials.Add(
                _verifying.GetValue(key, static published => Credentials(published, WrapPublic(published)))
            );

        // The engine refuses to have none, and would answer nothing at all.
        if (options.SigningCredentials.Count == 0)
            options.SigningCredentials.Add(new(NoSigningKey.Instance, SigningAlgorithm.ES256));

        // The engine demands one. It is the same on every instance, and former master keys still open what they closed.
        foreach (var id in _masterKey.Ids.OrderByDescending(id => id == _masterKey.CurrentId))
        {
            SymmetricSecurityKey key = new(_masterKey.DeriveKey(EncryptionPurpose, id)) { KeyId = "enc-" + id };
            options.EncryptionCredentials.Add(
                new EncryptingCredentials(key, SecurityAlgorithms.Aes256KW, SecurityAlgorithms.Aes256CbcHmacSha512)
            );
        }
    }

    IChangeToken IOptionsChangeTokenSource<OpenIddictServerOptions>.GetChangeToken() =>
        new CancellationChangeToken(Volatile.Read(ref _serverChange).Token);

    IChangeToken IOptionsChangeTokenSource<OpenIddictValidationOptions>.GetChangeToken() =>
        new CancellationChangeToken(Volatile.Read(ref _validationChange).Token);

    public void Dispose()
    {
        _watch.Dispose();
        _serverChange.Dispose();
        _validationChange.Dispose();
    }

    // In this order: the validation half copies the server half's keys once, when its options are made, which happens
    // inside the signal.
    private void Signal()
    {
        Signal(ref _serverChange);
        Signal(ref _validationChange);
    }

    private void Signal(ref CancellationTokenSource change)
    {
        var fired = Interlocked.Exchange(ref change, new CancellationTokenSource());
        try
        {
            fired.Cancel();
        }
        catch (AggregateException exception)
        {
            LogNoKeys(_logger, exception);
        }
    }

    private SigningCredentials Signing(SigningKey current) =>
        _signing.GetValue(current, static key => Credentials(key, Wrap(key.PrivateKey, key.Kid)));

    private static SigningCredentials Credentials(SigningKey key, SecurityKey securityKey) =>
        new(securityKey, key.Algorithm);

    private static SecurityKey Wrap(AsymmetricAlgorithm algorithm, string kid) =>
        algorithm switch
        {
            ECDsa ecdsa => new ECDsaSecurityKey(ecdsa) { KeyId = kid },
            RSA rsa => new RsaSecurityKey(rsa) { KeyId = kid },
            _ => throw new NotSupportedException($"Keys of type {algorithm.GetType().Name} are not signing keys."),
        };

    private static SecurityKey WrapPublic(SigningKey key) =>
        Wrap(
            key.PrivateKey switch
            {
                ECDsa ecdsa => ECDsa.Create(ecdsa.ExportParameters(includePrivateParameters: false)),
                _ => RSA.Create(((RSA)key.PrivateKey).ExportParameters(includePrivateParameters: false)),
            },
            key.Kid
        );

    [LoggerMessage(
        EventId = 8101,
        Level = LogLevel.Error,
        Message = "The engine could not take over the changed signing keys; it signs nothing until it can."
    )]
    private static partial void LogNoKeys(ILogger logger, Exception exception);
}

internal static class EngineKeysRegistration
{
    /// <summary>Feeds the engine's server and validation options from the ring. Call it beside <c>AddOpenIddict()</c>;
    /// nothing else may add keys.</summary>
    internal static IServiceCollection AddEngineKeys(this IServiceCollection services)
    {
        services.AddSingleton<EngineKeys>();
        services.AddSingleton<IConfigureOptions<OpenIddictServerOptions>>(static provider =>
            provider.GetRequiredService<EngineKeys>()
        );
        services.AddSingleton<IOptionsChangeTokenSource<OpenIddictServerOptions>>(static provider =>
            provider.GetRequiredService<EngineKeys>()
        );
        services.AddSingleton<IOptionsChangeTokenSource<OpenIddictValidationOptions>>(static provider =>
            provider.GetRequiredService<EngineKeys>()
        );
        return services;
    }
}
