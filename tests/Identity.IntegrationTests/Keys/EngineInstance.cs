using Identity.Core.Data;
using Identity.Core.Keys;
using Identity.Server.Protocol.Engine.Credentials;
using Identity.Server.Protocol.Engine.Keys;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using OpenIddict.Server;
using OpenIddict.Validation;

namespace Identity.IntegrationTests.Keys;

/// <summary>The engine's options over the ring of one instance, without a host around them.</summary>
internal sealed class EngineInstance : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private EngineInstance(KeyInstance keys)
    {
        Keys = keys;
        ServiceCollection services = new();
        services.AddLogging();
        services.AddSingleton(keys.Ring);
        services.AddSingleton(keys.MasterKey);
        services.AddSingleton<RingCredentials>();
        services.AddEngineKeys();
        services
            .AddOpenIddict()
            .AddServer(options =>
                options
                    .SetIssuer("http://localhost/")
                    .SetTokenEndpointUris("connect/token")
                    .AllowClientCredentialsFlow()
                    .EnableDegradedMode()
                    .AddEventHandler<OpenIddictServerEvents.ValidateTokenRequestContext>(builder =>
                        builder.UseInlineHandler(static _ => default)
                    )
            )
            .AddValidation(options => options.UseLocalServer());
        _services = services.BuildServiceProvider();
    }

    public KeyInstance Keys { get; }

    public OpenIddictServerOptions Server =>
        _services.GetRequiredService<IOptionsMonitor<OpenIddictServerOptions>>().CurrentValue;

    public OpenIddictValidationOptions Validation =>
        _services.GetRequiredService<IOptionsMonitor<OpenIddictValidationOptions>>().CurrentValue;

    public static async Task<EngineInstance> StartAsync(
        Database database,
        byte[] masterKey,
        KeysOptions? options = null,
        TimeProvider? time = null
    )
    {
        KeyInstance keys = new(database, masterKey, options, time);
        await keys.StartAsync();
        EngineInstance instance = new(keys);
        // As the first request does.
        _ = (instance.Server, instance.Validation);
        return instance;
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        Keys.Dispose();
    }
}
