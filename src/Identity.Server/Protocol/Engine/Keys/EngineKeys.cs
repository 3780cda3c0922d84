using Identity.Core.Keys;
using Identity.Server.Protocol.Engine.Credentials;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Server;
using OpenIddict.Validation;

namespace Identity.Server.Protocol.Engine.Keys;

/// <summary> Passes the keys of the ring to the engine. The engine reads its options on every request through <see
/// cref="IOptionsMonitor{TOptions}"/>; this class fills them and triggers their rebuild, so that a request sees either
/// the old or the new keys and never a partial list.
/// </summary>
internal sealed partial class EngineKeys
    : IConfigureOptions<OpenIddictServerOptions>,
        IOptionsChangeTokenSource<OpenIddictServerOptions>,
        IOptionsChangeTokenSource<OpenIddictValidationOptions>,
        IDisposable
{
    private const string EncryptionPurpose = "engine_encryption";

    private readonly RingCredentials _credentials;
    private readonly MasterKey _masterKey;
    private readonly ILogger<EngineKeys> _logger;
    private readonly IDisposable _watch;
    private CancellationTokenSource _serverChange = new();
    private CancellationTokenSource _validationChange = new();

    public EngineKeys(SigningKeyRing ring, RingCredentials credentials, MasterKey masterKey, ILogger<EngineKeys> logger)
    {
        (_credentials, _masterKey, _logger) = (credentials, masterKey, logger);
        _watch = ChangeToken.OnChange(ring.GetChangeToken, Signal);
    }

    public string Name => Options.DefaultName;

    /// <summary> Signing keys first, because the engine signs with the first one; then published ones. Without a
    /// signing key, the engine has only keys that verify: token signing fails in this provider's own signer, and
    /// everything else continues.
    /// </summary>
    public void Configure(OpenIddictServerOptions options)
    {
        options.SigningCredentials.AddRange(_credentials.Signing);
        HashSet<string> kids = [.. options.SigningCredentials.Select(static credentials => credentials.Kid)];
        options.SigningCredentials.AddRange(
            _credentials.Verifying.Where(credentials => !kids.Contains(credentials.Kid))
        );

        // Without any key the engine would refuse every request.
        if (options.SigningCredentials.Count == 0)
            options.SigningCredentials.Add(new(NoSigningKey.Instance, SigningAlgorithm.ES256));

        // The engine requires one. It is the same on every instance, and former master keys still decrypt what they
        // encrypted.
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

    [LoggerMessage(
        EventId = 8101,
        Level = LogLevel.Error,
        Message = "The engine could not take over the changed signing keys; it signs nothing until it can."
    )]
    private static partial void LogNoKeys(ILogger logger, Exception exception);
}

internal static class EngineKeysRegistration
{
    /// <summary>Feeds the engine's server and validation options from the ring. Call it together with
    /// <c>AddOpenIddict()</c>; nothing else may add keys.</summary>
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
