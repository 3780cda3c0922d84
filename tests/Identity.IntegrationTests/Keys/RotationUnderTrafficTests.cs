using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using Identity.Core.Keys;
using Identity.Testing;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Identity.IntegrationTests.Keys;

/// <summary>Keys change while an API on ASP.NET Core's JwtBearer, found by discovery alone, is asked without a pause:
/// no token is refused.</summary>
public sealed class RotationUnderTrafficTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    private const string Audience = "https://api.example";

    [Fact]
    public async Task A_key_that_was_announced_takes_over_without_one_refused_token()
    {
        await using var host = await IdentityHost.StartAsync(fixture.Database, TestClients.Settings);
        await using var api = await StartApiAsync(host.Issuer);
        using HttpClient caller = new() { BaseAddress = new Uri(api.Urls.Single()) };
        var metadata = api
            .Services.GetRequiredService<IOptionsMonitor<JwtBearerOptions>>()
            .Get(JwtBearerDefaults.AuthenticationScheme)
            .ConfigurationManager!;
        var (rotation, ring) = (
            host.Services.GetRequiredService<SigningKeyRotation>(),
            host.Services.GetRequiredService<SigningKeyRing>()
        );
        ConcurrentQueue<HttpStatusCode> answers = new();
        ConcurrentDictionary<string, int> signers = new(StringComparer.Ordinal);
        using CancellationTokenSource over = new();
        var traffic = Enumerable
            .Range(0, 4)
            .Select(_ => Task.Run(() => CallAsync(host, caller, answers, signers, over.Token)))
            .ToArray();

        for (var round = 0; round < 3; round++)
        {
            var successor = await rotation.RotateAsync("ES256", activate: false, default);
            // What days do: the API's own clock fetches the key set between announcement and first signature. JwtBearer
            // does so at most once a second here.
            await Task.Delay(TimeSpan.FromSeconds(1.2));
            metadata.RequestRefresh();
            await UntilAsync(async () =>
                (await metadata.GetConfigurationAsync(default)).SigningKeys.Any(key => key.KeyId == successor.Kid)
            );
            await rotation.RotateAsync("ES256", activate: true, default);
            await UntilAsync(() =>
                Task.FromResult(ring.Current("ES256").Kid == successor.Kid && signers.ContainsKey(successor.Kid))
            );
        }
        await over.CancelAsync();
        await Task.WhenAll(traffic);

        Assert.True(answers.Count > 50, $"There was little traffic: {answers.Count}.");
        Assert.All(answers, static status => Assert.Equal(HttpStatusCode.OK, status));
        Assert.Equal(4, signers.Count);
    }

    private static async Task CallAsync(
        IdentityHost host,
        HttpClient caller,
        ConcurrentQueue<HttpStatusCode> answers,
        ConcurrentDictionary<string, int> signers,
        CancellationToken over
    )
    {
        using RelyingParty service = new(host, "service");
        while (!over.IsCancellationRequested)
        {
            var token = (
                await service.SendAsync(service.Post("/connect/token", ("grant_type", "client_credentials")))
            ).AccessToken!;
            using HttpRequestMessage request = new(HttpMethod.Get, "/");
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            using var response = await caller.SendAsync(request, CancellationToken.None);
            answers.Enqueue(response.StatusCode);
            signers.AddOrUpdate(
                Answer.Decode(token).Header.GetProperty("kid").GetString()!,
                1,
                static (_, count) => count + 1
            );
        }
    }

    private static async Task<WebApplication> StartApiAsync(string issuer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder
            .Services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme)
            .AddJwtBearer(options =>
            {
                (options.Authority, options.Audience, options.RequireHttpsMetadata) = (issuer, Audience, false);
                options.RefreshInterval = TimeSpan.FromSeconds(1);
            });
        builder.Services.AddAuthorization();
        var app = builder.Build();
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapGet("/", static () => "ok").RequireAuthorization();
        await app.StartAsync();
        return app;
    }

    private static async Task UntilAsync(Func<Task<bool>> done)
    {
        for (var i = 0; i < 400; i++)
        {
            if (await done())
                return;
            await Task.Delay(50);
        }
        Assert.Fail("It never came to that.");
    }
}
