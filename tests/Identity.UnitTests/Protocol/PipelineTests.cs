using System.Globalization;
using System.Text;
using Identity.Server.Protocol;
using Identity.Server.Protocol.Denials;
using Identity.Server.Protocol.Engine.Pipeline;
using Identity.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlers;

namespace Identity.UnitTests.Protocol;

/// <summary>The order in which a request meets the engine's steps and ours: a new version of the engine that moves,
/// adds or drops a step fails here and shows which.</summary>
public sealed class PipelineTests
{
    private const string GoldenFile = "tests/Identity.UnitTests/Protocol/pipeline.txt";

    // As the engine dispatches them, one within the other: a request is extracted, authenticated and validated,
    // handled, and answered.
    private static readonly string[] Shared =
    [
        "ProcessRequest",
        "ProcessAuthentication",
        "ValidateToken",
        "ProcessSignIn",
        "ProcessSignOut",
        "ProcessChallenge",
        "ProcessError",
    ];
    private static readonly string[] Endpoints =
    [
        "Authorization",
        "PushedAuthorization",
        "Token",
        "UserInfo",
        "Introspection",
        "Revocation",
        "EndSession",
        "DeviceAuthorization",
        "Configuration",
        "JsonWebKeySet",
    ];

    private static readonly OpenIddictServerHandlerDescriptor[] Handlers = [.. Composed()];

    [Fact]
    public void Each_request_meets_its_steps_in_the_golden_order()
    {
        var actual = Print();

        // To accept what moved: write it, and read the difference.
        if (Environment.GetEnvironmentVariable("IDENTITY_WRITE_PIPELINE") == "1")
            File.WriteAllText(Repository.PathOf(GoldenFile), actual);
        Assert.Equal(File.ReadAllText(Repository.PathOf(GoldenFile)).ReplaceLineEndings("\n"), actual);
    }

    [Fact]
    public void No_two_steps_of_one_event_share_a_place() =>
        Assert.Empty(
            Handlers
                .GroupBy(handler => (handler.ContextType, handler.Order))
                .Where(group => group.Count() > 1 && group.Any(IsOurs))
                .Select(group => string.Join(", ", group.Select(NameOf)))
        );

    [Fact]
    public void A_table_that_does_not_tell_the_order_of_the_engine_is_refused() =>
        Assert.Throws<InvalidOperationException>(() =>
            Build(pipeline =>
                pipeline.At<ProcessAuthenticationContext>(steps =>
                    steps.Engine(ValidateClientSecret.Descriptor).Engine(ValidateClientId.Descriptor)
                )
            )
        );

    [Fact]
    public void A_landmark_of_another_event_is_refused() =>
        Assert.Throws<InvalidOperationException>(() =>
            Build(pipeline => pipeline.At<ProcessErrorContext>(steps => steps.Engine(ValidateClientId.Descriptor)))
        );

    [Fact]
    public void A_step_without_a_place_is_refused() =>
        Assert.Throws<InvalidOperationException>(() =>
            Build(pipeline => pipeline.At<ProcessErrorContext>(steps => steps.Run<LogDenial>()))
        );

    private static void Build(Action<PipelineBuilder> table) =>
        new ServiceCollection().AddOpenIddict().AddServer(server => table(new PipelineBuilder(server)));

    private static string Print()
    {
        StringBuilder text = new();
        Print(text, "Every endpoint", Shared.Select(name => name + "Context"));
        foreach (var endpoint in Endpoints)
            Print(
                text,
                endpoint,
                [
                    $"Extract{endpoint}RequestContext",
                    $"Validate{endpoint}RequestContext",
                    $"Handle{endpoint}RequestContext",
                    $"Apply{endpoint}ResponseContext",
                ]
            );
        return text.ToString();
    }

    private static void Print(StringBuilder text, string title, IEnumerable<string> contexts)
    {
        text.Append(CultureInfo.InvariantCulture, $"{title}\n");
        foreach (var context in contexts)
        {
            text.Append(CultureInfo.InvariantCulture, $"  {context[..^"Context".Length]}\n");
            foreach (var handler in Handlers.Where(handler => handler.ContextType.Name == context))
                text.Append(CultureInfo.InvariantCulture, $"  {(IsOurs(handler) ? "*" : " ")} {NameOf(handler)}\n");
        }
        text.Append('\n');
    }

    private static IEnumerable<OpenIddictServerHandlerDescriptor> Composed()
    {
        ServiceCollection services = [];
        services
            .AddOpenIddict()
            .AddServer(server =>
            {
                server.UseAspNetCore();
                ProtocolPipeline.Add(server);
            });
        using var provider = services.BuildServiceProvider();
        OpenIddictServerOptions options = new();
        foreach (var configure in provider.GetServices<IConfigureOptions<OpenIddictServerOptions>>())
            configure.Configure(options);
        // All but the engine's own last step, which wants endpoints and keys.
        foreach (
            var configure in provider
                .GetServices<IPostConfigureOptions<OpenIddictServerOptions>>()
                .Where(configure => configure is PostConfigureOptions<OpenIddictServerOptions>)
        )
            configure.PostConfigure(Options.DefaultName, options);
        return options.Handlers.OrderBy(handler => handler.Order).ThenBy(NameOf, StringComparer.Ordinal);
    }

    private static bool IsOurs(OpenIddictServerHandlerDescriptor handler) =>
        handler.Type == OpenIddictServerHandlerType.Custom
        && handler.ServiceDescriptor.ServiceType.Assembly == typeof(ProtocolPipeline).Assembly;

    private static string NameOf(OpenIddictServerHandlerDescriptor handler)
    {
        var name = ShortName(handler.ServiceDescriptor.ServiceType);
        var filters = handler.FilterTypes.Select(filter => filter.Name).Order(StringComparer.Ordinal).ToArray();
        return filters.Length > 0 ? $"{name} when {string.Join(" and ", filters)}" : name;
    }

    private static string ShortName(Type type) => type.Name.Split('`')[0];
}
