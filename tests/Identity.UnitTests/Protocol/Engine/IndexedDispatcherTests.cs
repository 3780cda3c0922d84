using Identity.Server.Protocol.Engine.Dispatch;
using Microsoft.Extensions.DependencyInjection;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.UnitTests.Protocol.Engine;

/// <summary>The same as the engine's own dispatcher does, which the tests run beside it.</summary>
public sealed class IndexedDispatcherTests
{
    [Fact]
    public async Task Handlers_run_in_their_order_where_every_filter_admits_them()
    {
        var (ours, engines) = await BothAsync(server =>
            Add<Third>(server, 30)
                .AddEventHandler<ValidateTokenRequestContext>(handler =>
                    handler.AddFilter<Admit>().AddFilter<Refuse>().UseSingletonHandler<Second>().SetOrder(20)
                )
                .AddEventHandler<ValidateTokenRequestContext>(handler =>
                    handler.AddFilter<Admit>().UseScopedHandler<First>().SetOrder(10)
                )
                .AddEventHandler<HandleTokenRequestContext>(handler =>
                    handler.UseInlineHandler(static _ => throw new InvalidOperationException("another event"))
                )
        );

        Assert.Equal(["First", "Third"], ours);
        Assert.Equal(engines, ours);
    }

    [Theory]
    [InlineData("reject")]
    [InlineData("handle")]
    [InlineData("skip")]
    public async Task A_handler_that_ends_the_event_is_the_last_one(string how)
    {
        var (ours, engines) = await BothAsync(server =>
            Add<Third>(
                Add<First>(server, 10)
                    .AddEventHandler<ValidateTokenRequestContext>(handler =>
                        handler
                            .UseInlineHandler(context =>
                            {
                                End(context, how);
                                return ValueTask.CompletedTask;
                            })
                            .SetOrder(20)
                    ),
                30
            )
        );

        Assert.Equal(["First"], ours);
        Assert.Equal(engines, ours);
    }

    [Fact]
    public async Task A_handler_of_a_request_is_made_for_each_request_and_one_of_the_program_once()
    {
        await using var provider = Build(server =>
            Add<Third>(server, 30)
                .AddEventHandler<ValidateTokenRequestContext>(static handler =>
                    handler.UseScopedHandler<First>().SetOrder(10)
                )
        );

        var first = await InstancesAsync(provider);
        var second = await InstancesAsync(provider);

        Assert.NotSame(first[0], second[0]);
        Assert.Same(first[1], second[1]);
    }

    private static OpenIddictServerBuilder Add<THandler>(OpenIddictServerBuilder server, int order)
        where THandler : class, IOpenIddictServerHandler<ValidateTokenRequestContext> =>
        server.AddEventHandler<ValidateTokenRequestContext>(handler =>
            handler.UseSingletonHandler<THandler>().SetOrder(order)
        );

    private static void End(ValidateTokenRequestContext context, string how)
    {
        if (how == "reject")
            context.Reject("invalid_request");
        else if (how == "handle")
            context.HandleRequest();
        else
            context.SkipRequest();
    }

    private static async Task<(string[] Ours, string[] Engines)> BothAsync(Action<OpenIddictServerBuilder> handlers)
    {
        await using var provider = Build(handlers);
        await using var scope = provider.CreateAsyncScope();
        return (
            await RunAsync(scope.ServiceProvider.GetRequiredService<IndexedDispatcher>()),
            await RunAsync(scope.ServiceProvider.GetRequiredService<IOpenIddictServerDispatcher>())
        );
    }

    private static async Task<string[]> RunAsync(IOpenIddictServerDispatcher dispatcher) =>
        [.. (await RunForAsync(dispatcher)).Select(static handler => handler.GetType().Name)];

    private static async Task<object[]> InstancesAsync(ServiceProvider provider)
    {
        await using var scope = provider.CreateAsyncScope();
        return await RunForAsync(scope.ServiceProvider.GetRequiredService<IndexedDispatcher>());
    }

    private static async Task<object[]> RunForAsync(IOpenIddictServerDispatcher dispatcher)
    {
        OpenIddictServerTransaction transaction = new();
        List<object> met = [];
        transaction.Properties[nameof(met)] = met;
        await dispatcher.DispatchAsync(new ValidateTokenRequestContext(transaction));
        return [.. met];
    }

    private static ServiceProvider Build(Action<OpenIddictServerBuilder> handlers)
    {
        ServiceCollection services = new();
        services
            .AddOpenIddict()
            .AddServer(server =>
            {
                server
                    .SetTokenEndpointUris("token")
                    .AllowClientCredentialsFlow()
                    .EnableDegradedMode()
                    .AddEphemeralEncryptionKey()
                    .AddEphemeralSigningKey()
                    .Configure(static options => options.Handlers.Clear());
                handlers(server);
                server.AddEventHandler<ValidateTokenRequestContext>(static handler =>
                    handler.UseInlineHandler(static _ => ValueTask.CompletedTask).SetOrder(int.MaxValue)
                );
            });
        services.AddSingleton<Admit>().AddSingleton<Refuse>();
        services.AddSingleton(new RegisteredSingletons(services));
        services.AddSingleton<HandlerIndex>().AddScoped<IndexedDispatcher>();
        return services.BuildServiceProvider(validateScopes: true);
    }

    private abstract class Met : IOpenIddictServerHandler<ValidateTokenRequestContext>
    {
        public ValueTask HandleAsync(ValidateTokenRequestContext context)
        {
            ((List<object>)context.Transaction.Properties["met"]!).Add(this);
            return ValueTask.CompletedTask;
        }
    }

    private sealed class First : Met;

    private sealed class Second : Met;

    private sealed class Third : Met;

    private sealed class Admit : IOpenIddictServerHandlerFilter<ValidateTokenRequestContext>
    {
        public ValueTask<bool> IsActiveAsync(ValidateTokenRequestContext context) => ValueTask.FromResult(true);
    }

    private sealed class Refuse : IOpenIddictServerHandlerFilter<ValidateTokenRequestContext>
    {
        public ValueTask<bool> IsActiveAsync(ValidateTokenRequestContext context) => ValueTask.FromResult(false);
    }
}
