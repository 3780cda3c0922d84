using System.Security.Cryptography;
using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Keys;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Identity.IntegrationTests.Keys;

/// <summary>The room Keys of one instance: a ring of its own over a database that instances share.</summary>
internal sealed class KeyInstance : IDisposable
{
    public KeyInstance(
        Database database,
        byte[] masterKey,
        KeysOptions? options = null,
        TimeProvider? time = null,
        params byte[][] former
    )
    {
        Options = options ?? new KeysOptions();
        Time = time ?? TimeProvider.System;
        MasterKey = new MasterKey(masterKey, former);
        var settings = Microsoft.Extensions.Options.Options.Create(Options);
        Store = new SigningKeyStore(MasterKey, settings);
        Ring = new SigningKeyRing(database, Store, settings, Time, NullLogger<SigningKeyRing>.Instance);
        Rotation = new SigningKeyRotation(
            database,
            Store,
            new AuditLog(database),
            settings,
            NullLogger<SigningKeyRotation>.Instance
        );
    }

    public static byte[] NewMasterKey() => RandomNumberGenerator.GetBytes(32);

    public KeysOptions Options { get; }

    public TimeProvider Time { get; }

    public MasterKey MasterKey { get; }

    public SigningKeyStore Store { get; }

    public SigningKeyRing Ring { get; }

    public SigningKeyRotation Rotation { get; }

    public Task StartAsync() => new SigningKeyLoader(Rotation, Ring).StartAsync(CancellationToken.None);

    public void Dispose() => Ring.Dispose();
}

/// <summary>A clock that a test moves.</summary>
internal sealed class MovableTime : TimeProvider
{
    public TimeSpan Ahead { get; set; }

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Ahead;
}
