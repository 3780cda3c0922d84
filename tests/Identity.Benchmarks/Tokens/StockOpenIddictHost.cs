using System.Security.Claims;
using System.Security.Cryptography;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.TestHost;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Identity.Benchmarks.Tokens;

/// <summary>
/// The yardstick: OpenIddict as its own documentation sets it up, on its own Entity Framework stores, with the token
/// endpoint passed through.
/// Nothing is tuned up or down but logging, which is off for every contender.
/// </summary>
internal static class StockOpenIddictHost
{
    public static async Task<TestServer> StartAsync(
        string connectionString,
        SigningAlgorithm algorithm,
        CancellationToken cancellationToken
    )
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseTestServer();
        builder.Services.AddDbContextPool<StockContext>(options => options.UseNpgsql(connectionString).UseOpenIddict());
        builder
            .Services.AddOpenIddict()
            .AddCore(core => core.UseEntityFrameworkCore().UseDbContext<StockContext>())
            .AddServer(server =>
            {
                server.SetAuthorizationEndpointUris("connect/authorize").SetTokenEndpointUris("connect/token");
                server.SetUserInfoEndpointUris("connect/userinfo").SetIntrospectionEndpointUris("connect/introspect");
                server.AllowClientCredentialsFlow().AllowAuthorizationCodeFlow().AllowRefreshTokenFlow();
                server.RequireProofKeyForCodeExchange();
                server.RegisterScopes(Scopes.OpenId, Scopes.OfflineAccess, "api");
                server.AddEphemeralEncryptionKey().AddSigningKey(algorithm.CreateKey());
                server.DisableAccessTokenEncryption();
                server
                    .UseAspNetCore()
                    .EnableTokenEndpointPassthrough()
                    .EnableAuthorizationEndpointPassthrough()
                    .EnableUserInfoEndpointPassthrough()
                    .DisableTransportSecurityRequirement();
            });
        var app = builder.Build();
        await using (var scope = app.Services.CreateAsyncScope())
        {
            await scope
                .ServiceProvider.GetRequiredService<StockContext>()
                .Database.EnsureCreatedAsync(cancellationToken);
            await scope
                .ServiceProvider.GetRequiredService<IOpenIddictApplicationManager>()
                .CreateAsync(Application(), cancellationToken);
        }

        app.UseAuthentication();
        app.MapGet("/connect/authorize", (Delegate)SignInAsync);
        app.MapPost("/connect/token", (Delegate)ExchangeAsync);
        app.MapGet("/connect/userinfo", (Delegate)UserInfoAsync);
        await app.StartAsync(cancellationToken);
        return app.GetTestServer();
    }

    private static OpenIddictApplicationDescriptor Application() =>
        new()
        {
            ClientId = BenchmarkClient.Id,
            ClientSecret = BenchmarkClient.Secret,
            RedirectUris = { new Uri(BenchmarkClient.RedirectUri) },
            Permissions =
            {
                Permissions.Endpoints.Authorization,
                Permissions.Endpoints.Token,
                Permissions.Endpoints.Introspection,
                Permissions.GrantTypes.AuthorizationCode,
                Permissions.GrantTypes.ClientCredentials,
                Permissions.GrantTypes.RefreshToken,
                Permissions.ResponseTypes.Code,
                Permissions.Prefixes.Scope + "api",
            },
        };

    private static IResult SignInAsync(HttpContext context) =>
        SignIn(context.GetOpenIddictServerRequest()!, BenchmarkClient.Subject);

    private static async Task<IResult> ExchangeAsync(HttpContext context)
    {
        var request = context.GetOpenIddictServerRequest()!;
        if (request.IsClientCredentialsGrantType())
            return SignIn(request, request.ClientId!);
        var ticket = await Microsoft.AspNetCore.Authentication.AuthenticationHttpContextExtensions.AuthenticateAsync(
            context,
            OpenIddictServerAspNetCoreDefaults.AuthenticationScheme
        );
        return Results.SignIn(
            ticket.Principal!,
            authenticationScheme: OpenIddictServerAspNetCoreDefaults.AuthenticationScheme
        );
    }

    private static async Task<IResult> UserInfoAsync(HttpContext context)
    {
        var ticket = await Microsoft.AspNetCore.Authentication.AuthenticationHttpContextExtensions.AuthenticateAsync(
            context,
            OpenIddictServerAspNetCoreDefaults.AuthenticationScheme
        );
        return Results.Json(new { sub = ticket.Principal!.GetClaim(Claims.Subject) });
    }

    private static IResult SignIn(OpenIddictRequest request, string subject)
    {
        var identity = new ClaimsIdentity("benchmark", Claims.Name, Claims.Role);
        identity.SetClaim(Claims.Subject, subject).SetScopes(request.GetScopes()).SetResources("api");
        identity.SetDestinations(static _ => [Destinations.AccessToken, Destinations.IdentityToken]);
        return Results.SignIn(
            new ClaimsPrincipal(identity),
            authenticationScheme: OpenIddictServerAspNetCoreDefaults.AuthenticationScheme
        );
    }

    internal sealed class StockContext(DbContextOptions<StockContext> options) : DbContext(options);
}

/// <summary>The one client that every contender knows.</summary>
internal static class BenchmarkClient
{
    public const string Id = "bench";
    public const string RedirectUri = "https://client.example/callback";
    public const string Subject = "11111111-1111-4111-8111-111111111111";

    /// <summary>Machine-made at start; nothing that is committed opens anything.</summary>
    public static readonly string Secret = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
}

/// <summary>The algorithm that signs access tokens in a run.</summary>
internal sealed record SigningAlgorithm(string Name)
{
    public static readonly SigningAlgorithm Es256 = new("ES256");
    public static readonly SigningAlgorithm Rs256 = new("RS256");

    public SecurityKey CreateKey() =>
        Name == "ES256"
            ? new ECDsaSecurityKey(ECDsa.Create(ECCurve.NamedCurves.nistP256))
            : new RsaSecurityKey(RSA.Create(2048));
}
