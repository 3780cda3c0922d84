using System.Collections.Frozen;
using Identity.Core.Data;
using Microsoft.Extensions.Hosting;

namespace Identity.Core.Profile;

/// <summary>The claim mappings in memory, so that a token needs no SQL for them. Rebuilt when they change.</summary>
public sealed class ClaimMappings(Database database) : IChangeSubscriber, IHostedService
{
    private State _state = State.Of([]);

    /// <inheritdoc />
    public IReadOnlySet<string> Tables { get; } = new HashSet<string>(StringComparer.Ordinal) { "claim_mappings" };

    /// <summary>The names of all mapped claims that ID tokens or userinfo may contain, for discovery. The same instance
    /// until they change.</summary>
    public IReadOnlyList<string> Claims => Volatile.Read(ref _state).Claims;

    /// <inheritdoc />
    public async Task ReloadAsync(CancellationToken cancellationToken)
    {
        var fresh = State.Of(await ClaimMappingStore.ReadAllAsync(database, cancellationToken));
        Volatile.Write(ref _state, fresh.Claims.SequenceEqual(Claims) ? fresh with { Claims = Claims } : fresh);
    }

    public Task StartAsync(CancellationToken cancellationToken) => ReloadAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The mappings of a request. Of two for one claim, the more specific one comes last: a scope for every
    /// client, a client, a scope at one client.</summary>
    internal IEnumerable<ClaimMapping> For(ProfileDataRequest request)
    {
        var state = Volatile.Read(ref _state);
        if (state.IsEmpty)
            return [];
        var client = state.OfClient.GetValueOrDefault(request.Client.Id, []);
        return request
            .Scopes.SelectMany(scope => state.OfScope.GetValueOrDefault(scope, []))
            .Concat(client.Where(static mapping => mapping.Scope is null))
            .Concat(client.Where(mapping => mapping.Scope is { } scope && request.Scopes.Contains(scope)))
            .Where(mapping => mapping.IsFor(request.Caller));
    }

    private sealed record State(
        bool IsEmpty,
        FrozenDictionary<string, ClaimMapping[]> OfScope,
        FrozenDictionary<string, ClaimMapping[]> OfClient,
        IReadOnlyList<string> Claims
    )
    {
        public static State Of(IReadOnlyList<ClaimMapping> all) =>
            new(
                all.Count == 0,
                Group(all.Where(static one => one.ClientId is null), static one => one.Scope!),
                Group(all.Where(static one => one.ClientId is not null), static one => one.ClientId!),
                [
                    .. all.Where(static one => one.InIdToken || one.InUserInfo)
                        .Select(static one => one.Claim)
                        .Distinct(StringComparer.Ordinal),
                ]
            );

        private static FrozenDictionary<string, ClaimMapping[]> Group(
            IEnumerable<ClaimMapping> mappings,
            Func<ClaimMapping, string> key
        ) =>
            mappings
                .GroupBy(key, StringComparer.Ordinal)
                .ToFrozenDictionary(static group => group.Key, static group => group.ToArray(), StringComparer.Ordinal);
    }
}
