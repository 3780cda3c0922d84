using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Identity.Core.Clients;
using Identity.Core.Primitives;
using Identity.Server.Protocol.Tokens.Jose;

namespace Identity.Server.Protocol.Tokens.KeySets;

/// <summary>A key of a client's set (RFC 7517), with its declared use.</summary>
internal sealed record ClientKey(string? KeyId, string? Use, string? Algorithm, JsonElement Jwk);

/// <summary> The public keys of clients: given in the definition, or fetched from <c>jwks_uri</c> and cached for <see
/// cref="Fresh"/>. An unknown key id triggers another fetch, because the client may have just rotated its keys, but
/// never sooner than <see cref="Patience"/> after the last one, so that invalid requests cannot cause a flood of calls.
/// </summary>
internal sealed class ClientKeys(JwksFetcher fetcher, TimeProvider clock)
{
    internal static readonly TimeSpan Fresh = TimeSpan.FromMinutes(15);
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>The sets that are kept. Clients with a metadata document could name any number.</summary>
    internal const int MaxSets = 2_000;

    private const int MaxDepth = 8;

    private readonly ConcurrentDictionary<Uri, FetchedSet> _sets = new();

    /// <summary>The keys that may have signed something with this algorithm and key id, most likely first; without a
    /// key id, all that fit. Empty if there are none.</summary>
    public async Task<IReadOnlyList<PublicJwk>> FindAsync(
        Client client,
        string? keyId,
        string algorithm,
        CancellationToken cancellationToken
    )
    {
        var keys = Fitting(await AllAsync(client, again: false, cancellationToken), keyId, algorithm);
        return keys.Count > 0
            ? keys
            : Fitting(await AllAsync(client, again: true, cancellationToken), keyId, algorithm);
    }

    /// <summary>Every key of the client, for rules about something other than a signature, such as a certificate (RFC
    /// 8705 section 2.2).</summary>
    /// <param name="again">Whether to fetch again, unless that is too soon.</param>
    public async Task<IReadOnlyList<ClientKey>> AllAsync(Client client, bool again, CancellationToken cancellationToken)
    {
        if (client.Jwks is { } inline)
            return again ? [] : Parse(Encoding.UTF8.GetBytes(inline));
        if (client.JwksUri is not { } address)
            return [];
        var set = _sets.GetOrAdd(address, static _ => new FetchedSet());
        if (_sets.Count > MaxSets)
            MakeRoom(address);
        return await set.GetAsync(
            again ? Patience : Fresh,
            clock,
            token => FetchAsync(address, token),
            cancellationToken
        );
    }

    /// <summary>Reads a key set (RFC 7517 section 5): an unsupported key does not affect the others. Empty if it is not
    /// a key set.</summary>
    internal static IReadOnlyList<ClientKey> Parse(ReadOnlyMemory<byte> utf8)
    {
        using var document = UntrustedJson.Read(utf8, MaxDepth);
        return document is null
            ? []
            :
            [
                .. KeySet
                    .KeysOf(document.RootElement)
                    .Take(KeySet.MaxKeys)
                    .Select(static key => new ClientKey(
                        UntrustedJson.Text(key, "kid"),
                        UntrustedJson.Text(key, "use"),
                        UntrustedJson.Text(key, "alg"),
                        key.Clone()
                    )),
            ];
    }

    // A set that is removed while it is in use is only fetched once more.
    private void MakeRoom(Uri used)
    {
        foreach (var other in _sets.Keys.Where(key => key != used).Take(_sets.Count - MaxSets))
            _sets.TryRemove(other, out _);
    }

    private static IReadOnlyList<PublicJwk> Fitting(IReadOnlyList<ClientKey> keys, string? keyId, string algorithm) =>
        [
            .. keys.Where(key =>
                    (keyId is null || key.KeyId == keyId)
                    && key.Use is null or "sig"
                    && (key.Algorithm is null || key.Algorithm == algorithm)
                )
                .Select(key => PublicJwk.Read(key.Jwk, algorithm))
                .OfType<PublicJwk>(),
        ];

    private async Task<IReadOnlyList<ClientKey>?> FetchAsync(Uri address, CancellationToken cancellationToken) =>
        await fetcher.FetchAsync(address, cancellationToken) is { } text ? Parse(text) : null;

    /// <summary>The keys fetched from one address. A failure keeps the former keys; one fetch runs at a time, and other
    /// callers wait for it.</summary>
    private sealed class FetchedSet : IDisposable
    {
        private readonly SemaphoreSlim _turn = new(1, 1);
        private IReadOnlyList<ClientKey> _keys = [];
        private long? _asked;

        public void Dispose() => _turn.Dispose();

        public async Task<IReadOnlyList<ClientKey>> GetAsync(
            TimeSpan goodFor,
            TimeProvider clock,
            Func<CancellationToken, Task<IReadOnlyList<ClientKey>?>> fetch,
            CancellationToken cancellationToken
        )
        {
            await _turn.WaitAsync(cancellationToken);
            try
            {
                var age = _asked is { } asked ? clock.GetElapsedTime(asked) : TimeSpan.MaxValue;
                if (age >= goodFor || (_keys.Count == 0 && age >= Patience))
                {
                    _asked = clock.GetTimestamp();
                    _keys = await fetch(cancellationToken) ?? _keys;
                }
                return _keys;
            }
            finally
            {
                _turn.Release();
            }
        }
    }
}
