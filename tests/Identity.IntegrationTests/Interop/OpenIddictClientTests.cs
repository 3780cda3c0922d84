using System.Net;
using System.Net.Http.Headers;
using System.Security.Claims;
using System.Text.Json;
using Identity.Testing;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenIddict.Client;
using OpenIddict.Client.AspNetCore;
using OpenIddict.Validation.AspNetCore;

namespace Identity.IntegrationTests.Interop;

/// <summary>A web application by OpenIddict.Client and an API by OpenIddict.Validation, each as their documentation
/// says.</summary>
public sealed class OpenIddictClientTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    [Fact]
    public async Task A_web_application_signs_a_person_in_and_APIs_take_its_token_by_keys_and_by_introspection()
    {
        var address = new Uri($"http://localhost:{ConfiguredProvider.FreePort()}/");
        var secret = ConfiguredProvider.NewSecret();
        await using var provider = await ConfiguredProvider.StartAsync(
            fixture.Database,
            ConfiguredProvider.WebClient("openiddict", secret, address, "callback/login/identity")
        );
        var user = await provider.AddUserAsync();
        await using var application = await StartApplicationAsync(address, provider.Issuer, secret);
        await using var byKeys = await StartApiAsync(provider.Issuer, null);
        await using var byIntrospection = await StartApiAsync(provider.Issuer, secret);

        var signedIn = await SignInAsync(provider, new Uri(address, "login"), user.Email);
        var claims = JsonElement.Parse(signedIn);
        var token = claims.GetProperty("token").GetString()!;

        Assert.Equal(user.Email, claims.GetProperty("email").GetString());
        Assert.Equal(user.Id.ToString("D"), claims.GetProperty("sub").GetString());
        Assert.Equal(user.Id.ToString("D"), await AskAsync(byKeys, token));
        Assert.Equal(user.Id.ToString("D"), await AskAsync(byIntrospection, token));
        Assert.Null(await AskAsync(byKeys, token + "x"));
        Assert.Null(await AskAsync(byIntrospection, token + "x"));
    }

    private static async Task<string> SignInAsync(ConfiguredProvider provider, Uri start, string email)
    {
        PageBrowser person = new(provider.Host);
        using (person)
        {
            var page = await FollowAsync(person, await person.GetAsync(start.AbsoluteUri));
            var sent = await person.SubmitAsync(
                page,
                [("Input.Email", email), ("Input.Password", ConfiguredProvider.Password)]
            );
            var back = await FollowAsync(person, sent);
            Assert.True(back.Status == HttpStatusCode.OK, $"{back.Address}: {(int)back.Status} {back.Html}");
            return back.Html;
        }
    }

    private static async Task<VisitedPage> FollowAsync(PageBrowser person, VisitedPage page)
    {
        for (var hops = 0; page.Location is { } location && hops < 20; hops++)
            page = await person.GetAsync(new Uri(page.Address, location).AbsoluteUri);
        return page;
    }

    // The subject that the API saw; null where it refused.
    private static async Task<string?> AskAsync(WebApplication api, string token)
    {
        using HttpClient client = new();
        using HttpRequestMessage request = new(HttpMethod.Get, new Uri(new Uri(api.Urls.Single()), "me"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var answer = await client.SendAsync(request);
        return answer.IsSuccessStatusCode ? await answer.Content.ReadAsStringAsync() : null;
    }

    private static async Task<WebApplication> StartApplicationAsync(Uri address, Uri issuer, string secret)
    {
        var builder = NewBuilder(address.AbsoluteUri);
        builder
            .Services.AddOpenIddict()
            .AddClient(options =>
            {
                options.AllowAuthorizationCodeFlow();
                options.DisableTokenStorage();
                options.AddEphemeralEncryptionKey().AddEphemeralSigningKey();
                options.UseAspNetCore().EnableRedirectionEndpointPassthrough().DisableTransportSecurityRequirement();
                options.UseSystemNetHttp();
                options.AddRegistration(
                    new OpenIddictClientRegistration
                    {
                        Issuer = issuer,
                        ClientId = "openiddict",
                        ClientSecret = secret,
                        Scopes = { "profile", "email", "api" },
                        RedirectUri = new Uri("callback/login/identity", UriKind.Relative),
                    }
                );
            });
        var application = builder.Build();
        application.UseAuthentication();
        application.MapGet(
            "/login",
            static () => Results.Challenge(null, [OpenIddictClientAspNetCoreDefaults.AuthenticationScheme])
        );
        application.MapGet(
            "/callback/login/identity",
            static async (HttpContext http) =>
            {
                var result = await http.AuthenticateAsync(OpenIddictClientAspNetCoreDefaults.AuthenticationScheme);
                return Results.Json(
                    new
                    {
                        sub = result.Principal?.FindFirstValue("sub"),
                        email = result.Principal?.FindFirstValue("email"),
                        token = result.Properties?.GetTokenValue(
                            OpenIddictClientAspNetCoreConstants.Tokens.BackchannelAccessToken
                        ),
                    }
                );
            }
        );
        await application.StartAsync();
        return application;
    }

    private static async Task<WebApplication> StartApiAsync(Uri issuer, string? introspectionSecret)
    {
        var builder = NewBuilder("http://127.0.0.1:0");
        builder
            .Services.AddOpenIddict()
            .AddValidation(options =>
            {
                options.SetIssuer(issuer);
                options.AddAudiences("api");
                options.UseSystemNetHttp();
                options.UseAspNetCore();
                if (introspectionSecret is not null)
                    options.UseIntrospection().SetClientId("openiddict").SetClientSecret(introspectionSecret);
            });
        builder.Services.AddAuthentication(OpenIddictValidationAspNetCoreDefaults.AuthenticationScheme);
        builder.Services.AddAuthorization();
        var api = builder.Build();
        api.UseAuthentication();
        api.UseAuthorization();
        api.MapGet("/me", static (ClaimsPrincipal person) => person.FindFirstValue("sub")).RequireAuthorization();
        await api.StartAsync();
        return api;
    }

    private static WebApplicationBuilder NewBuilder(string url)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(url);
        return builder;
    }
}
