using System.Security.Cryptography;
using Identity.Core.Audit;
using Identity.Core.Data;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Identity.Core.Keys;

/// <summary> Creates, announces, retires and removes signing keys, each in one <see cref="SigningKeyChange"/>. It works
/// without a running host, because commands use it too.
/// </summary>
public sealed class SigningKeyRotation
{
    // An instance that missed the notification learns of the change when it polls, after a minute at most. Until then
    // it signs with the old key.
    private static readonly TimeSpan Overlap = TimeSpan.FromMinutes(2);

    private readonly Database _database;
    private readonly SigningKeyStore _store;
    private readonly AuditLog _audit;
    private readonly KeysOptions _options;
    private readonly ILogger<SigningKeyRotation> _logger;

    internal SigningKeyRotation(
        Database database,
        SigningKeyStore store,
        AuditLog audit,
        IOptions<KeysOptions> options,
        ILogger<SigningKeyRotation> logger
    ) => (_database, _store, _audit, _options, _logger) = (database, store, audit, options.Value, logger);

    /// <summary>Every key that is or will be published, oldest first.</summary>
    public async Task<IReadOnlyList<SigningKeyDescription>> ListAsync(CancellationToken cancellationToken)
    {
        var now = await SigningKeyStore.NowAsync(_database, cancellationToken);
        return
        [
            .. (await SigningKeyStore.ReadAsync(_database, cancellationToken)).Select(row =>
                SigningKeyDescription.Of(row, now)
            ),
        ];
    }

    /// <summary>The public halves as a JWK Set (RFC 7517 section 5), for a party that is configured manually.</summary>
    /// <exception cref="CryptographicException">A key cannot be decrypted.</exception>
    public async Task<string> ExportPublicAsync(CancellationToken cancellationToken)
    {
        var rows = await SigningKeyStore.ReadAsync(_database, cancellationToken);
        return $$"""{"keys":[{{string.Join(',', rows.Select(row => _store.Unprotect(row).PublicJwk))}}]}""";
    }

    /// <summary>At start: creates a key for each configured algorithm that has none. Instances that start together
    /// create one per algorithm in total.</summary>
    public Task EnsureAsync(CancellationToken cancellationToken) =>
        ChangeAsync(
            (change, rows, cancel) => EnsureAsync(change, rows, _options.AutomaticRotation, cancel),
            cancellationToken
        );

    /// <summary>By schedule: creates a key for an algorithm without a valid one, creates a successor before a key
    /// retires, and removes expired keys.</summary>
    public Task RotateDueAsync(CancellationToken cancellationToken) =>
        ChangeAsync(
            async (change, rows, cancel) =>
            {
                await EnsureAsync(change, rows, _options.AutomaticRotation, cancel);
                if (_options.AutomaticRotation)
                {
                    foreach (
                        var youngest in rows.Where(row => _options.EffectiveAlgorithms.Contains(row.Algorithm))
                            .GroupBy(row => row.Algorithm)
                            .Select(group => group.MaxBy(row => row.RetiresAt)!)
                    )
                        await AnnounceSuccessorAsync(change, youngest, cancel);
                }
                await change.Transaction.ExecuteAsync("DELETE FROM idp.signing_keys WHERE removes_at <= now()", cancel);
            },
            cancellationToken
        );

    /// <summary>Announces a successor now; with <paramref name="activate"/> it signs at once and the previous key
    /// stops.</summary>
    /// <exception cref="ArgumentException">No key of this algorithm is kept.</exception>
    public async Task<SigningKeyDescription> RotateAsync(
        string algorithm,
        bool activate,
        CancellationToken cancellationToken,
        SigningKeyOperator? by = null
    )
    {
        if (!_options.EffectiveAlgorithms.Contains(algorithm))
            throw new ArgumentException(
                $"No {algorithm} key is kept. {KeysOptions.Section}:SigningAlgorithms has "
                    + $"{string.Join(", ", _options.EffectiveAlgorithms)}.",
                nameof(algorithm)
            );
        var kid = string.Empty;
        await ChangeAsync(
            async (change, rows, cancel) =>
            {
                var announced = rows.Find(row =>
                    row.Algorithm == algorithm && row.StateAt(change.Now) == SigningKeyState.Announced
                );
                if (announced is not null && activate)
                    await ActivateAsync(change, announced, "rotated", cancel);
                kid =
                    announced?.Kid
                    ?? await MakeAsync(
                        change,
                        algorithm,
                        activate ? change.Now : change.Now + _options.AnnounceBefore,
                        "rotated",
                        cancel
                    );
                if (activate)
                {
                    await change.Transaction.ExecuteAsync(
                        """
                        UPDATE idp.signing_keys SET retires_at = @retires_at, removes_at = @removes_at
                        WHERE algorithm = @algorithm AND kid <> @kid AND activates_at < @retires_at
                            AND retires_at > @retires_at
                        """,
                        cancel,
                        ("algorithm", algorithm),
                        ("kid", kid),
                        ("retires_at", change.Now + Overlap),
                        ("removes_at", change.Now + Overlap + _options.PublishAfter)
                    );
                }
            },
            cancellationToken,
            by
        );
        return (await ListAsync(cancellationToken)).Single(key => key.Kid == kid);
    }

    /// <summary> Stops a key from signing at once. It stays published, so that what it signed stays valid; with
    /// <paramref name="remove"/> it leaves the key set too, which is necessary if its private half leaked: every token
    /// that it signed becomes invalid wherever the key set is reloaded.
    /// </summary>
    public async Task<SigningKeyRetirement> RetireAsync(
        string kid,
        bool remove,
        CancellationToken cancellationToken,
        SigningKeyOperator? by = null
    )
    {
        SigningKeyRetirement outcome = new SigningKeyRetirement.NotFound();
        await ChangeAsync(
            async (change, rows, cancel) =>
            {
                if (rows.Find(row => row.Kid == kid) is not { } key)
                    return;
                var state = key.StateAt(change.Now);
                if (remove || state == SigningKeyState.Announced)
                    await change.Transaction.ExecuteAsync(
                        "DELETE FROM idp.signing_keys WHERE kid = @kid",
                        cancel,
                        ("kid", kid)
                    );
                else if (state == SigningKeyState.Active)
                    await change.Transaction.ExecuteAsync(
                        "UPDATE idp.signing_keys SET retires_at = @now, removes_at = @removes_at WHERE kid = @kid",
                        cancel,
                        ("kid", kid),
                        ("now", change.Now),
                        ("removes_at", change.Now + _options.PublishAfter)
                    );
                await change.AuditAsync(kid, key.Algorithm, remove ? "removed" : "retired", cancel);

                rows.Remove(key);
                var successor =
                    state == SigningKeyState.Active && _options.EffectiveAlgorithms.Contains(key.Algorithm)
                        ? await EnsureAsync(change, key.Algorithm, rows, cancel)
                        : null;
                change.AfterCommit(() => Log.KeyRetired(_logger, kid, key.Algorithm));
                outcome = new SigningKeyRetirement.Retired(successor);
            },
            cancellationToken,
            by
        );
        return outcome;
    }

    /// <summary>Encrypts every private key again with the current master key, so that a former one can be removed.
    /// Returns the number of keys.</summary>
    /// <exception cref="CryptographicException">A key cannot be decrypted; nothing was changed.</exception>
    public async Task<int> RewrapAsync(CancellationToken cancellationToken)
    {
        var treated = 0;
        await ChangeAsync(
            async (change, rows, cancel) =>
            {
                treated = 0;
                foreach (var row in rows)
                    treated += await _store.RewrapAsync(change.Transaction, row, cancel) ? 1 : 0;
            },
            cancellationToken
        );
        return treated;
    }

    private async Task EnsureAsync(
        SigningKeyChange change,
        List<SigningKeyRow> rows,
        bool automatic,
        CancellationToken cancel
    )
    {
        foreach (var algorithm in _options.EffectiveAlgorithms)
        {
            if (automatic || rows.TrueForAll(row => row.Algorithm != algorithm))
                await EnsureAsync(change, algorithm, rows, cancel);
        }
    }

    // An announced key is better than a new one, because caches may already have it.
    private async Task<string?> EnsureAsync(
        SigningKeyChange change,
        string algorithm,
        List<SigningKeyRow> rows,
        CancellationToken cancel
    )
    {
        if (rows.Exists(row => row.Algorithm == algorithm && row.StateAt(change.Now) == SigningKeyState.Active))
            return null;
        if (
            rows.Find(row => row.Algorithm == algorithm && row.StateAt(change.Now) == SigningKeyState.Announced)
            is not { } announced
        )
            return await MakeAsync(change, algorithm, change.Now, "missing", cancel);
        await ActivateAsync(change, announced, "missing", cancel);
        return announced.Kid;
    }

    // Due two intervals early, so that even after a late run the announcement is complete before the old key stops.
    private async Task AnnounceSuccessorAsync(SigningKeyChange change, SigningKeyRow youngest, CancellationToken cancel)
    {
        if (
            youngest.RetiresAt <= change.Now
            || youngest.RetiresAt - change.Now > _options.AnnounceBefore + (2 * _options.RotationInterval)
        )
            return;
        var inFull = change.Now + _options.AnnounceBefore;
        var late = inFull > youngest.RetiresAt;
        var kid = await MakeAsync(change, youngest.Algorithm, late ? youngest.RetiresAt : inFull, "scheduled", cancel);
        if (late)
            change.AfterCommit(() => Log.AnnouncedLate(_logger, youngest.Algorithm, kid, _options.AnnounceBefore));
    }

    private async Task<string> MakeAsync(
        SigningKeyChange change,
        string algorithm,
        DateTimeOffset activatesAt,
        string reason,
        CancellationToken cancel
    )
    {
        var kid = await _store.CreateAsync(change.Transaction, algorithm, activatesAt, cancel);
        await change.AuditAsync(kid, algorithm, reason, cancel);
        change.AfterCommit(() =>
            Log.KeyMade(_logger, kid, algorithm, activatesAt, activatesAt + _options.SigningLifetime)
        );
        return kid;
    }

    private async Task ActivateAsync(
        SigningKeyChange change,
        SigningKeyRow row,
        string reason,
        CancellationToken cancel
    )
    {
        await change.Transaction.ExecuteAsync(
            "UPDATE idp.signing_keys SET activates_at = @now WHERE kid = @kid",
            cancel,
            ("now", change.Now),
            ("kid", row.Kid)
        );
        await change.AuditAsync(row.Kid, row.Algorithm, reason, cancel);
    }

    private Task ChangeAsync(
        Func<SigningKeyChange, List<SigningKeyRow>, CancellationToken, Task> work,
        CancellationToken cancellationToken,
        SigningKeyOperator? by = null
    ) => SigningKeyChange.RunAsync(_database, _audit, by, work, cancellationToken);
}
