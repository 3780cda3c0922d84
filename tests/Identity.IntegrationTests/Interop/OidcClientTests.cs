using System.Net;
using System.Text.RegularExpressions;
using Duende.IdentityModel.OidcClient;
using Duende.IdentityModel.OidcClient.Browser;
using Identity.Testing;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Identity.IntegrationTests.Interop;

/// <summary>The journey of a native application by Duende.IdentityModel.OidcClient, and an API's look at what it got,
/// by what JwtBearer is made of.</summary>
public sealed partial class OidcClientTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    [Fact]
    public async Task A_native_application_signs_in_refreshes_reads_userinfo_and_signs_out()
    {
        await using var provider = await StartAsync();
        var user = await provider.AddUserAsync();
        var client = Client(provider, user.Email);

        var login = await client.LoginAsync(new LoginRequest());
        var info = await client.GetUserInfoAsync(login.AccessToken);
        var refreshed = await client.RefreshTokenAsync(login.RefreshToken);
        var logout = await client.LogoutAsync(new LogoutRequest { IdTokenHint = login.IdentityToken });
        var afterwards = await client.RefreshTokenAsync(refreshed.RefreshToken);

        Assert.False(login.IsError, login.Error + login.ErrorDescription);
        Assert.Equal(user.Email, login.User.FindFirst("email")?.Value);
        Assert.False(info.IsError, info.Error);
        Assert.Contains(info.Claims, claim => claim.Type == "sub" && claim.Value == login.User.FindFirst("sub")?.Value);
        Assert.False(refreshed.IsError, refreshed.Error + refreshed.ErrorDescription);
        Assert.NotEqual(login.RefreshToken, refreshed.RefreshToken);
        Assert.False(logout.IsError, logout.Error);
        Assert.Equal("invalid_grant", afterwards.Error);
    }

    [Fact]
    public async Task An_API_accepts_the_access_token_by_discovery_alone_and_refuses_the_ID_token()
    {
        await using var provider = await StartAsync();
        var user = await provider.AddUserAsync();
        var login = await Client(provider, user.Email).LoginAsync(new LoginRequest());
        using var http = new HttpClient();
        var discovery = new ConfigurationManager<OpenIdConnectConfiguration>(
            new Uri(provider.Issuer, ".well-known/openid-configuration").AbsoluteUri,
            new OpenIdConnectConfigurationRetriever(),
            new HttpDocumentRetriever(http) { RequireHttps = false }
        );
        var parameters = new TokenValidationParameters
        {
            ConfigurationManager = discovery,
            ValidIssuer = provider.Issuer.AbsoluteUri,
            ValidAudience = "api",
            ValidTypes = ["at+jwt"],
            ValidAlgorithms = ["ES256"],
        };

        var accepted = await new JsonWebTokenHandler().ValidateTokenAsync(login.AccessToken, parameters);
        var refused = await new JsonWebTokenHandler().ValidateTokenAsync(login.IdentityToken, parameters);

        Assert.True(accepted.IsValid, accepted.Exception?.Message);
        Assert.Equal(login.User.FindFirst("sub")?.Value, accepted.Claims["sub"]);
        Assert.Contains("api", ((string)accepted.Claims["scope"]).Split(' '));
        Assert.False(refused.IsValid);
    }

    private Task<ConfiguredProvider> StartAsync() =>
        ConfiguredProvider.StartAsync(
            fixture.Database,
            new Dictionary<string, string?>
            {
                ["Identity:Clients:native:Profile"] = "Native",
                ["Identity:Clients:native:Name"] = "Native sample",
                ["Identity:Clients:native:RedirectUris:0"] = "http://127.0.0.1/callback",
                ["Identity:Clients:native:PostLogoutRedirectUris:0"] = "http://127.0.0.1/bye",
                ["Identity:Clients:native:Scopes:0"] = "openid",
                ["Identity:Clients:native:Scopes:1"] = "profile",
                ["Identity:Clients:native:Scopes:2"] = "email",
                ["Identity:Clients:native:Scopes:3"] = "offline_access",
                ["Identity:Clients:native:Scopes:4"] = "api",
            }
        );

    // A native application takes whatever loopback port is free (RFC 8252 section 7.3).
    private static OidcClient Client(ConfiguredProvider provider, string email) =>
        new(
            new OidcClientOptions
            {
                Authority = provider.Issuer.AbsoluteUri,
                ClientId = "native",
                Scope = "openid profile email offline_access api",
                RedirectUri = "http://127.0.0.1:41235/callback",
                PostLogoutRedirectUri = "http://127.0.0.1:41236/bye",
                Browser = new PersonAtTheBrowser(provider.Host, email),
                Policy = { Discovery = { RequireHttps = false } },
            }
        );

    /// <summary>Signs in and agrees, on whatever form the page has.</summary>
    private sealed partial class PersonAtTheBrowser(IdentityHost host, string email) : IBrowser
    {
        private readonly HttpClient _http = host.CreateClient();

        public async Task<BrowserResult> InvokeAsync(
            BrowserOptions options,
            CancellationToken cancellationToken = default
        )
        {
            var response = await _http.GetAsync(options.StartUrl, cancellationToken);
            for (var step = 0; step < 20; step++)
            {
                if (response.StatusCode is HttpStatusCode.Found or HttpStatusCode.SeeOther)
                {
                    var target = new Uri(response.RequestMessage!.RequestUri!, response.Headers.Location!);
                    if (target.AbsoluteUri.StartsWith(options.EndUrl, StringComparison.Ordinal))
                        return new BrowserResult
                        {
                            ResultType = BrowserResultType.Success,
                            Response = target.AbsoluteUri,
                        };
                    response = await _http.GetAsync(target, cancellationToken);
                    continue;
                }

                var html = await response.Content.ReadAsStringAsync(cancellationToken);
                Assert.True(
                    response.IsSuccessStatusCode,
                    $"{response.RequestMessage!.RequestUri}: {(int)response.StatusCode} {html}"
                );
                response = await SubmitAsync(response.RequestMessage!.RequestUri!, html, cancellationToken);
            }

            return new BrowserResult { ResultType = BrowserResultType.UnknownError, Error = "never came back" };
        }

        private Task<HttpResponseMessage> SubmitAsync(Uri page, string html, CancellationToken cancellationToken)
        {
            var forms = Form().Matches(html);
            var form =
                forms.FirstOrDefault(match =>
                    match.Value.Contains("current-password", StringComparison.Ordinal)
                    || match.Value.Contains("value=\"allow\"", StringComparison.Ordinal)
                )
                ?? forms.FirstOrDefault()
                ?? throw new InvalidOperationException($"No form on {page}:{Environment.NewLine}{html}");
            List<KeyValuePair<string, string>> fields = [];
            foreach (Match input in Input().Matches(form.Value))
            {
                var (name, kind) = (Attribute(input.Value, "name"), Attribute(input.Value, "type"));
                if (name.Length == 0 || kind is "submit" or "checkbox")
                    continue;
                fields.Add(
                    new(
                        name,
                        Attribute(input.Value, "autocomplete") switch
                        {
                            "current-password" => ConfiguredProvider.Password,
                            { } hint when hint.Contains("username", StringComparison.Ordinal) => email,
                            _ => Attribute(input.Value, "value"),
                        }
                    )
                );
            }

            // To agree, where that is asked; otherwise the page's first button is its main one.
            var buttons = Button().Matches(form.Value);
            var button =
                buttons.FirstOrDefault(match => Attribute(match.Value, "value") == "allow") ?? buttons.FirstOrDefault();
            if (button is not null && Attribute(button.Value, "name") is { Length: > 0 } pressed)
                fields.Add(new(pressed, Attribute(button.Value, "value")));
            var action = Attribute(Opening().Match(form.Value).Value, "action");
            return _http.PostAsync(
                new Uri(page, action.Length > 0 ? action : page.PathAndQuery),
                new FormUrlEncodedContent(fields),
                cancellationToken
            );
        }

        private static string Attribute(string tag, string name) =>
            WebUtility.HtmlDecode(Regex.Match(tag, $"\\s{name}=\"([^\"]*)\"").Groups[1].Value);

        [GeneratedRegex("<form\\b.*?</form>", RegexOptions.Singleline)]
        private static partial Regex Form();

        [GeneratedRegex("<form\\b[^>]*>")]
        private static partial Regex Opening();

        [GeneratedRegex("<input\\b[^>]*>")]
        private static partial Regex Input();

        [GeneratedRegex("<button\\b(?![^>]*type=\"button\")[^>]*>")]
        private static partial Regex Button();
    }
}
