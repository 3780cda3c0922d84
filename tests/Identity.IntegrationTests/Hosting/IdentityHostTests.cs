using System.Net;
using Identity.Core.Data;
using Identity.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.IntegrationTests.Hosting;

/// <summary>The fixture is held to what it promises, by a path of its own in front of the real program.</summary>
public sealed class IdentityHostTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    [Fact]
    public async Task Two_instances_of_the_real_program_run_side_by_side_on_one_database()
    {
        await using var one = await IdentityHost.StartAsync(fixture.Database);
        await using var two = await IdentityHost.StartAsync(fixture.Database);
        using var client = one.CreateClient();

        using var unknown = await client.GetAsync(new Uri(two.BaseAddress, "/there-is-no-such-page"));

        Assert.NotEqual(one.BaseAddress, two.BaseAddress);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    [Fact]
    public async Task A_secure_host_cookie_comes_back_over_loopback_and_belongs_to_one_client()
    {
        await using var host = await IdentityHost.StartAsync(
            fixture.Database,
            replace: services => services.AddSingleton<IStartupFilter>(new TestPath(fixture.Database.Database))
        );
        using var keeper = host.CreateClient();
        using var stranger = host.CreateClient();

        await keeper.GetStringAsync("/test-path");

        Assert.Equal("__Host-test=1", await keeper.GetStringAsync("/test-path"));
        Assert.Equal("", await stranger.GetStringAsync("/test-path"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task The_commands_of_one_request_are_counted_and_those_beside_it_are_not(int commands)
    {
        await using var host = await IdentityHost.StartAsync(
            fixture.Database,
            replace: services => services.AddSingleton<IStartupFilter>(new TestPath(fixture.Database.Database))
        );
        using var client = host.CreateClient();

        var beside = client.GetStringAsync("/test-path?commands=20");
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/test-path?commands={commands}");
        var (response, counted) = await host.SendCountedAsync(client, request);
        await beside;

        response.Dispose();
        Assert.Equal(commands, counted);
    }

    private sealed class TestPath(Database database) : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) =>
            app =>
            {
                app.Map(
                    "/test-path",
                    path =>
                        path.Run(async context =>
                        {
                            for (
                                var i = 0;
                                i
                                    < int.Parse(
                                        context.Request.Query["commands"].FirstOrDefault() ?? "0",
                                        System.Globalization.CultureInfo.InvariantCulture
                                    );
                                i++
                            )
                                await database.ExecuteAsync("SELECT 1", context.RequestAborted);
                            context.Response.Cookies.Append(
                                "__Host-test",
                                "1",
                                new()
                                {
                                    Secure = true,
                                    HttpOnly = true,
                                    Path = "/",
                                }
                            );
                            await context.Response.WriteAsync(context.Request.Headers.Cookie.ToString());
                        })
                );
                next(app);
            };
    }
}
