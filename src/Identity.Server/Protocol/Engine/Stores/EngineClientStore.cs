using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Identity.Core.Clients;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;

namespace Identity.Server.Protocol.Engine.Stores;

/// <summary>The engine's read-only view of the client catalog; clients are written through <see cref="ClientStore"/>
/// only.</summary>
internal sealed class EngineClientStore(ClientRegistry registry) : IOpenIddictApplicationStore<EngineClient>
{
    private readonly ConditionalWeakTable<Client, EngineClient> _views = [];

    private EngineClient View(Client client) => _views.GetValue(client, static key => new EngineClient(key));

    public ValueTask<EngineClient?> FindByIdAsync(string identifier, CancellationToken cancellationToken) =>
        FindByClientIdAsync(identifier, cancellationToken);

    public ValueTask<EngineClient?> FindByClientIdAsync(string identifier, CancellationToken cancellationToken) =>
        new(registry.Find(identifier) is { } client ? View(client) : null);

    public IAsyncEnumerable<EngineClient> FindByPostLogoutRedirectUriAsync(
        string uri,
        CancellationToken cancellationToken
    ) => registry.Clients.Where(client => client.AllowsPostLogoutRedirectUri(uri)).Select(View).ToAsyncEnumerable();

    public IAsyncEnumerable<EngineClient> FindByRedirectUriAsync(string uri, CancellationToken cancellationToken) =>
        registry.Clients.Where(client => client.AllowsRedirectUri(uri)).Select(View).ToAsyncEnumerable();

    public IAsyncEnumerable<EngineClient> ListAsync(int? count, int? offset, CancellationToken cancellationToken) =>
        registry.Clients.Skip(offset ?? 0).Take(count ?? int.MaxValue).Select(View).ToAsyncEnumerable();

    public ValueTask<long> CountAsync(CancellationToken cancellationToken) => new(registry.Clients.LongCount());

    public ValueTask<string?> GetApplicationTypeAsync(EngineClient application, CancellationToken cancellationToken) =>
        new(application.ApplicationType);

    public ValueTask<string?> GetClientIdAsync(EngineClient application, CancellationToken cancellationToken) =>
        new(application.Client.Id);

    public ValueTask<string?> GetClientSecretAsync(EngineClient application, CancellationToken cancellationToken) =>
        new((string?)null);

    public ValueTask<string?> GetClientTypeAsync(EngineClient application, CancellationToken cancellationToken) =>
        new(application.Type);

    public ValueTask<string?> GetConsentTypeAsync(EngineClient application, CancellationToken cancellationToken) =>
        new(
            application.Client.RequireConsent
                ? OpenIddictConstants.ConsentTypes.Explicit
                : OpenIddictConstants.ConsentTypes.Implicit
        );

    public ValueTask<string?> GetDisplayNameAsync(EngineClient application, CancellationToken cancellationToken) =>
        new(application.Client.Name);

    public ValueTask<string?> GetIdAsync(EngineClient application, CancellationToken cancellationToken) =>
        new(application.Client.Id);

    public ValueTask<JsonWebKeySet?> GetJsonWebKeySetAsync(
        EngineClient application,
        CancellationToken cancellationToken
    ) => new(application.Client.Jwks is { } jwks ? JsonWebKeySet.Create(jwks) : null);

    public ValueTask<ImmutableArray<string>> GetPermissionsAsync(
        EngineClient application,
        CancellationToken cancellationToken
    ) => new(application.Permissions);

    public ValueTask<ImmutableArray<string>> GetPostLogoutRedirectUrisAsync(
        EngineClient application,
        CancellationToken cancellationToken
    ) => new([.. application.Client.PostLogoutRedirectUris]);

    public ValueTask<ImmutableArray<string>> GetRedirectUrisAsync(
        EngineClient application,
        CancellationToken cancellationToken
    ) => new([.. application.Client.RedirectUris]);

    public ValueTask<ImmutableArray<string>> GetRequirementsAsync(
        EngineClient application,
        CancellationToken cancellationToken
    ) => new(application.Requirements);

    public ValueTask<ImmutableDictionary<string, string>> GetSettingsAsync(
        EngineClient application,
        CancellationToken cancellationToken
    ) => new(ImmutableDictionary<string, string>.Empty);

    public ValueTask<ImmutableDictionary<CultureInfo, string>> GetDisplayNamesAsync(
        EngineClient application,
        CancellationToken cancellationToken
    ) => new(ImmutableDictionary<CultureInfo, string>.Empty);

    public ValueTask<ImmutableDictionary<string, JsonElement>> GetPropertiesAsync(
        EngineClient application,
        CancellationToken cancellationToken
    ) => new(ImmutableDictionary<string, JsonElement>.Empty);

    // The engine never writes a client and runs no LINQ query.
    private static NotSupportedException ReadOnly() =>
        new("Clients are written through the registry, never through the engine.");

    public ValueTask<long> CountAsync<TResult>(
        Func<IQueryable<EngineClient>, IQueryable<TResult>> query,
        CancellationToken cancellationToken
    ) => throw ReadOnly();

    public ValueTask<TResult?> GetAsync<TState, TResult>(
        Func<IQueryable<EngineClient>, TState, IQueryable<TResult>> query,
        TState state,
        CancellationToken cancellationToken
    ) => throw ReadOnly();

    public IAsyncEnumerable<TResult> ListAsync<TState, TResult>(
        Func<IQueryable<EngineClient>, TState, IQueryable<TResult>> query,
        TState state,
        CancellationToken cancellationToken
    ) => throw ReadOnly();

    public ValueTask CreateAsync(EngineClient application, CancellationToken cancellationToken) => throw ReadOnly();

    public ValueTask DeleteAsync(EngineClient application, CancellationToken cancellationToken) => throw ReadOnly();

    public ValueTask<EngineClient> InstantiateAsync(CancellationToken cancellationToken) => throw ReadOnly();

    public ValueTask SetApplicationTypeAsync(
        EngineClient application,
        string? type,
        CancellationToken cancellationToken
    ) => throw ReadOnly();

    public ValueTask SetClientIdAsync(
        EngineClient application,
        string? identifier,
        CancellationToken cancellationToken
    ) => throw ReadOnly();

    public ValueTask SetClientSecretAsync(
        EngineClient application,
        string? secret,
        CancellationToken cancellationToken
    ) => throw ReadOnly();

    public ValueTask SetClientTypeAsync(EngineClient application, string? type, CancellationToken cancellationToken) =>
        throw ReadOnly();

    public ValueTask SetConsentTypeAsync(EngineClient application, string? type, CancellationToken cancellationToken) =>
        throw ReadOnly();

    public ValueTask SetDisplayNameAsync(EngineClient application, string? name, CancellationToken cancellationToken) =>
        throw ReadOnly();

    public ValueTask SetDisplayNamesAsync(
        EngineClient application,
        ImmutableDictionary<CultureInfo, string> names,
        CancellationToken cancellationToken
    ) => throw ReadOnly();

    public ValueTask SetJsonWebKeySetAsync(
        EngineClient application,
        JsonWebKeySet? set,
        CancellationToken cancellationToken
    ) => throw ReadOnly();

    public ValueTask SetPermissionsAsync(
        EngineClient application,
        ImmutableArray<string> permissions,
        CancellationToken cancellationToken
    ) => throw ReadOnly();

    public ValueTask SetPostLogoutRedirectUrisAsync(
        EngineClient application,
        ImmutableArray<string> uris,
        CancellationToken cancellationToken
    ) => throw ReadOnly();

    public ValueTask SetPropertiesAsync(
        EngineClient application,
        ImmutableDictionary<string, JsonElement> properties,
        CancellationToken cancellationToken
    ) => throw ReadOnly();

    public ValueTask SetRedirectUrisAsync(
        EngineClient application,
        ImmutableArray<string> uris,
        CancellationToken cancellationToken
    ) => throw ReadOnly();

    public ValueTask SetRequirementsAsync(
        EngineClient application,
        ImmutableArray<string> requirements,
        CancellationToken cancellationToken
    ) => throw ReadOnly();

    public ValueTask SetSettingsAsync(
        EngineClient application,
        ImmutableDictionary<string, string> settings,
        CancellationToken cancellationToken
    ) => throw ReadOnly();

    public ValueTask UpdateAsync(EngineClient application, CancellationToken cancellationToken) => throw ReadOnly();
}
