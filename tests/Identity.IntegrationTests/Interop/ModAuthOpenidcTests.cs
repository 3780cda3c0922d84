using System.Net;
using System.Text.Json;
using Identity.Core.Users;
using Identity.Testing;

namespace Identity.IntegrationTests.Interop;

/// <summary>
/// Debian's Apache with mod_auth_openidc as a reverse proxy: an application that knows nothing of OpenID Connect is
/// told by headers who is there. The module is configured as its documentation says, and finds everything else by
/// discovery.
/// </summary>
public sealed class ModAuthOpenidcTests(ModAuthOpenidcTests.Site site) : IClassFixture<ModAuthOpenidcTests.Site>
{
    [Fact]
    public async Task A_person_signs_in_and_the_application_behind_the_proxy_reads_the_claims_in_headers()
    {
        var user = await site.Provider.AddUserAsync();
        using var person = site.Browser();

        var page = await SignInAsync(person, user);

        var headers = HeadersOf(page);
        var id = user.Id.ToString("D");
        Assert.Equal(site.At("private/hello"), page.Address.AbsoluteUri);
        Assert.Equal(user.Email, headers["OIDC_CLAIM_email"]);
        Assert.Equal(id, headers["OIDC_CLAIM_sub"]);
        Assert.Equal("Ada Plum", headers["OIDC_CLAIM_name"]);
        Assert.Equal(site.Provider.Issuer.AbsoluteUri, headers["OIDC_CLAIM_iss"]);
        Assert.Equal(id, Answer.Decode(headers["OIDC_access_token"]).Payload.GetProperty("sub").GetString());
    }

    [Fact]
    public async Task What_a_stranger_writes_into_such_headers_does_not_reach_the_application()
    {
        var user = await site.Provider.AddUserAsync();
        using var person = site.Browser();
        await SignInAsync(person, user);
        using HttpRequestMessage forged = new(HttpMethod.Get, site.At("private/hello"))
        {
            Headers = { { "OIDC_CLAIM_email", "forged@example.org" } },
        };

        using var response = await person.Client.SendAsync(forged);

        Assert.Equal(
            user.Email,
            JsonElement.Parse(await response.Content.ReadAsStringAsync()).GetProperty("OIDC_CLAIM_email").GetString()
        );
    }

    [Fact]
    public async Task The_proxy_refreshes_the_access_token()
    {
        using var person = site.Browser();
        var before = HeadersOf(await SignInAsync(person, await site.Provider.AddUserAsync()))["OIDC_access_token"];

        var page = await GoAsync(
            person,
            $"{site.At("oidc/callback")}?refresh={Uri.EscapeDataString(site.At("private/hello"))}&access_token={before}"
        );

        var after = HeadersOf(page)["OIDC_access_token"];
        Assert.NotEqual(before, after);
        Assert.Equal(
            Answer.Decode(before).Payload.GetProperty("sub").GetString(),
            Answer.Decode(after).Payload.GetProperty("sub").GetString()
        );
    }

    [Fact]
    public async Task Signing_out_at_the_proxy_signs_out_at_the_provider_and_comes_back()
    {
        var user = await site.Provider.AddUserAsync();
        using var person = site.Browser();
        await SignInAsync(person, user);

        var bye = await GoAsync(
            person,
            $"{site.At("oidc/callback")}?logout={Uri.EscapeDataString(site.At("open/bye"))}"
        );
        var again = await GoAsync(person, site.At("private/hello"));

        Assert.Equal(site.At("open/bye"), bye.Address.AbsoluteUri);
        Assert.Equal("/sign-in", again.Address.AbsolutePath);
        Assert.Equal(0L, await site.ActiveSessionsAsync(user));
    }

    [Fact]
    public async Task A_session_that_ends_elsewhere_ends_at_the_proxy_by_back_channel_logout()
    {
        var user = await site.Provider.AddUserAsync();
        using var person = site.Browser();
        await SignInAsync(person, user);
        using var elsewhere = site.Browser();
        await elsewhere.SignInAsync(user.Email, ConfiguredProvider.Password);

        await EndOtherSessionsAsync(elsewhere);

        // The delivery is a matter of moments; the proxy itself asks nobody.
        var page = await person.GetAsync(site.At("private/hello"));
        for (var attempt = 0; attempt < 100 && page.Status == HttpStatusCode.OK; attempt++)
        {
            await Task.Delay(200);
            page = await person.GetAsync(site.At("private/hello"));
        }

        Assert.Equal(HttpStatusCode.Redirect, page.Status);
        Assert.StartsWith(site.Provider.Issuer.AbsoluteUri + "connect/authorize", page.Location);
    }

    private async Task EndOtherSessionsAsync(PageBrowser browser)
    {
        var page = await browser.GetAsync("/account/sessions");
        await browser.SubmitAsync(
            page,
            [],
            page.Forms.First(form => form.Action.Contains("Others", StringComparison.OrdinalIgnoreCase)).Action
        );
    }

    private async Task<VisitedPage> SignInAsync(PageBrowser person, UserAccount user)
    {
        var signIn = await GoAsync(person, site.At("private/hello"));
        Assert.True(
            signIn.Address.AbsolutePath == "/sign-in",
            $"{signIn.Address}: {(int)signIn.Status} {signIn.Html}{Environment.NewLine}{site.Log}"
        );
        var sent = await person.SubmitAsync(
            signIn,
            [("Input.Email", user.Email), ("Input.Password", ConfiguredProvider.Password)]
        );
        var page = await FollowAsync(person, sent);
        Assert.True(
            page.Status == HttpStatusCode.OK,
            $"{page.Address}: {(int)page.Status} {page.Html}{Environment.NewLine}{site.Log}"
        );
        return page;
    }

    private static async Task<VisitedPage> GoAsync(PageBrowser person, string url) =>
        await FollowAsync(person, await person.GetAsync(url));

    // From one host to the other, as a browser does.
    private static async Task<VisitedPage> FollowAsync(PageBrowser person, VisitedPage page)
    {
        for (var hops = 0; page.Location is { } location && hops < 20; hops++)
            page = await person.GetAsync(new Uri(page.Address, location).AbsoluteUri);
        return page;
    }

    private static Dictionary<string, string> HeadersOf(VisitedPage page) =>
        JsonSerializer.Deserialize<Dictionary<string, string>>(page.Html)!;

    /// <summary>The provider, the proxy and the application behind it.</summary>
    public sealed class Site : IAsyncLifetime
    {
        private TestDatabase? _database;
        private ConfiguredProvider? _provider;
        private ApacheProxy? _proxy;
        private EchoApplication? _application;

        /// <summary>The provider.</summary>
        public ConfiguredProvider Provider => _provider!;

        /// <summary>What the proxy has to say.</summary>
        public string Log => _proxy!.Log;

        /// <summary>An address at the proxy.</summary>
        public string At(string path) => new Uri(_proxy!.Address, path).AbsoluteUri;

        /// <summary>A browser, which asks for pages: the module sends nobody else to sign in.</summary>
        public PageBrowser Browser()
        {
            PageBrowser browser = new(Provider.Host);
            browser.Client.DefaultRequestHeaders.Accept.ParseAdd("text/html");
            return browser;
        }

        /// <summary>How many sessions of a person go on.</summary>
        public async Task<long> ActiveSessionsAsync(UserAccount user) =>
            await Provider.Database.ScalarAsync<long>(
                "SELECT count(*) FROM sessions WHERE user_id = @id AND is_active",
                ("id", user.Id)
            );

        public async Task InitializeAsync()
        {
            var address = new Uri($"http://localhost:{ConfiguredProvider.FreePort()}/");
            var secret = ConfiguredProvider.NewSecret();
            var settings = ConfiguredProvider.WebClient("apache", secret, address, "oidc/callback", "open/bye");
            settings["Identity:Clients:apache:BackchannelLogoutUri"] = new Uri(
                address,
                "oidc/callback?logout=backchannel"
            ).AbsoluteUri;
            _database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
            _provider = await ConfiguredProvider.StartAsync(_database, settings);
            _application = await EchoApplication.StartAsync();
            _proxy = await ApacheProxy.StartRelyingPartyAsync(
                address,
                Provider.Issuer,
                "apache",
                secret,
                _application.Address
            );
        }

        public async Task DisposeAsync()
        {
            foreach (var part in new IAsyncDisposable?[] { _proxy, _application, _provider, _database })
            {
                if (part is not null)
                    await part.DisposeAsync();
            }
        }
    }
}
