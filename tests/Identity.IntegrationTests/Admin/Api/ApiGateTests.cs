using System.Net;
using System.Text;
using Identity.Core.Administration;
using Identity.Server.Admin.Api;
using Identity.Server.Admin.Api.Contract;
using Identity.Server.Browser;
using Identity.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;

namespace Identity.IntegrationTests.Admin.Api;

/// <summary>Where the API answers, how often, and that a person shows two factors outside Development.</summary>
public sealed class ApiGateTests(ApiFixture fixture) : IClassFixture<ApiFixture>
{
    [Theory]
    [InlineData("pwd", false)]
    [InlineData("pwd otp mfa", true)]
    public async Task A_person_shows_a_second_factor_outside_Development(string amr, bool enters)
    {
        var admin = await fixture.HolderAsync(AdminRole.Admin);
        var token = await fixture.PersonTokenAsync(admin, "openid identity.users.read", amr.Split(' '));
        var entered = false;
        ApiGate gate = new(
            _ =>
            {
                entered = true;
                return Task.CompletedTask;
            },
            fixture.Service<IBearerTokens>(),
            fixture.Service<OperatorReader>(),
            fixture.Service<ApiLimits>(),
            fixture.Service<IConfiguration>(),
            new Production()
        );
        DefaultHttpContext http = new() { RequestServices = fixture.Host.Services };
        http.Request.Method = "GET";
        http.Request.Path = "/api/v1/users";
        http.Request.Headers.Authorization = $"Bearer {token}";
        http.SetEndpoint(new Endpoint(null, new(new ApiAction(AdminActions.UserList)), null));

        await gate.InvokeAsync(http);

        Assert.Equal(enters, entered);
        if (!enters)
            Assert.Contains(
                "acr_values=\"aal2\"",
                http.Response.Headers.WWWAuthenticate.ToString(),
                StringComparison.Ordinal
            );
    }

    [Fact]
    public async Task A_refused_request_is_told_the_scope_and_where_the_API_is_described()
    {
        const string path = "/.well-known/oauth-protected-resource/api/v1";
        var described = $"resource_metadata=\"{fixture.Host.Issuer}{path}\"";
        using var http = fixture.Host.CreateClient();
        var token = await fixture.PersonTokenAsync(
            await fixture.HolderAsync(AdminRole.Admin),
            "openid identity.users.read"
        );

        using var bare = await http.GetAsync("/api/v1/users?limit=1");
        using HttpRequestMessage spoilt = new(HttpMethod.Get, "/api/v1/users?limit=1");
        spoilt.Headers.Authorization = new("Bearer", "x.y.z");
        using var wrong = await http.SendAsync(spoilt);
        using HttpRequestMessage narrow = new(HttpMethod.Get, "/api/v1/audit?limit=1");
        narrow.Headers.Authorization = new("Bearer", token);
        using var lacking = await http.SendAsync(narrow);
        using var metadata = await http.GetAsync(path);
        var json = (await Answer.ReadAsync(metadata)).Json;

        Assert.Equal(["Bearer", "DPoP"], bare.Headers.WwwAuthenticate.Select(static one => one.Scheme));
        Assert.All(
            bare.Headers.WwwAuthenticate.Concat(wrong.Headers.WwwAuthenticate),
            one => Assert.EndsWith($"scope=\"identity.users.read\", {described}", one.Parameter)
        );
        var missing = Assert.Single(lacking.Headers.WwwAuthenticate).Parameter!;
        Assert.Contains("error=\"insufficient_scope\"", missing, StringComparison.Ordinal);
        Assert.EndsWith($"scope=\"identity.audit.read\", {described}", missing, StringComparison.Ordinal);
        Assert.Equal(fixture.Resource, json.GetProperty("resource").GetString());
        Assert.Equal(
            fixture.Host.Issuer,
            Assert.Single(json.GetProperty("authorization_servers").EnumerateArray()).GetString()
        );
        Assert.Contains(
            json.GetProperty("scopes_supported").EnumerateArray(),
            static scope => scope.GetString() == "identity.users.read"
        );
    }

    [Fact]
    public async Task A_client_has_a_limit_of_its_own_and_other_hosts_have_no_API()
    {
        await using var host = await IdentityHost.StartAsync(
            fixture.Database,
            new Dictionary<string, string?>(ApiFixture.Settings)
            {
                ["Identity:Admin:RequestsPerMinute"] = "3",
                ["Identity:Admin:Hosts:0"] = "localhost",
                ["Identity:Hosts:0"] = "127.0.0.1",
                ["Identity:Keys:MasterKey"] = fixture.Service<IConfiguration>()["Identity:Keys:MasterKey"],
            }
        );
        using var http = host.CreateClient();
        using HttpRequestMessage ask = new(HttpMethod.Post, "/connect/token")
        {
            Content = new FormUrlEncodedContent([new("grant_type", "client_credentials")]),
        };
        ask.Headers.Authorization = new(
            "Basic",
            Convert.ToBase64String(Encoding.ASCII.GetBytes($"{AdminRole.Admin}:{TestClients.Secret}"))
        );
        using var tokens = await http.SendAsync(ask);
        ApiCaller caller = new(host.CreateClient(), (await ApiResponse.ReadAsync(tokens))["access_token"]);

        List<ApiResponse> answers = [];
        for (var i = 0; i < 4; i++)
            answers.Add(await caller.GetAsync("/users?limit=1"));
        using var elsewhere = await http.GetAsync(
            new Uri($"http://127.0.0.1:{host.BaseAddress.Port}/api/v1/openapi.json")
        );

        Assert.Equal([200, 200, 200, 429], answers.Select(static answer => (int)answer.Status));
        Assert.True(answers[3].Headers.ContainsKey("Retry-After"));
        Assert.Equal(HttpStatusCode.NotFound, elsewhere.StatusCode);
    }

    private sealed class Production : IHostEnvironment
    {
        public string EnvironmentName { get; set; } = Environments.Production;
        public string ApplicationName { get; set; } = "identity";
        public string ContentRootPath { get; set; } = "/";
        public IFileProvider ContentRootFileProvider { get; set; } = new NullFileProvider();
    }
}
