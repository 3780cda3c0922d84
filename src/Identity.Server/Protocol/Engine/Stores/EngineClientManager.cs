using System.Runtime.CompilerServices;
using Identity.Core.Clients;
using Microsoft.Extensions.Options;
using OpenIddict.Abstractions;
using OpenIddict.Core;

namespace Identity.Server.Protocol.Engine.Stores;

/// <summary> Answers the engine's questions about clients from the catalog in memory: without SQL and without the
/// engine's cache, and checks secrets by SHA-256 in constant time (the engine would spend 3 ms on PBKDF2 per request,
/// although no person chose the secrets).
/// </summary>
internal sealed class EngineClientManager(
    IOpenIddictApplicationCache<EngineClient> cache,
    ILogger<OpenIddictApplicationManager<EngineClient>> logger,
    IOptionsMonitor<OpenIddictCoreOptions> options,
    IOpenIddictApplicationStore<EngineClient> store,
    TimeProvider time
) : OpenIddictApplicationManager<EngineClient>(cache, logger, options, store)
{
    public override ValueTask<EngineClient?> FindByClientIdAsync(
        string identifier,
        CancellationToken cancellationToken = default
    ) => Store.FindByClientIdAsync(identifier, cancellationToken);

    public override ValueTask<EngineClient?> FindByIdAsync(
        string identifier,
        CancellationToken cancellationToken = default
    ) => Store.FindByIdAsync(identifier, cancellationToken);

    public override ValueTask<bool> ValidateClientSecretAsync(
        EngineClient application,
        string secret,
        CancellationToken cancellationToken = default
    ) => new(application.Client.IsConfidential && ClientSecrets.Verify(application.Client, secret, time.GetUtcNow()));

    public override ValueTask<bool> ValidateRedirectUriAsync(
        EngineClient application,
        string uri,
        CancellationToken cancellationToken = default
    ) => new(application.Client.AllowsRedirectUri(uri));

    public override ValueTask<bool> ValidatePostLogoutRedirectUriAsync(
        EngineClient application,
        string uri,
        CancellationToken cancellationToken = default
    ) => new(application.Client.AllowsPostLogoutRedirectUri(uri));

    public override async IAsyncEnumerable<EngineClient> FindByPostLogoutRedirectUriAsync(
        string uri,
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        await foreach (var client in Store.FindByPostLogoutRedirectUriAsync(uri, cancellationToken))
            yield return client;
    }
}
