using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using Identity.Server.Pages.External.Providers;
using Identity.Testing;
using Identity.Testing.Social;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Identity.IntegrationTests.Pages.Social;

/// <summary>One provider of our own, at which people sign in by each of the social providers, all of them one stand-in.
/// Only outbound HTTP is replaced: it leads to the stand-in, with less patience.</summary>
public sealed class SocialFixture : IAsyncLifetime
{
    /// <summary>GitHub Enterprise Server, whose addresses are not trusted for new accounts.</summary>
    public const string Enterprise = "enterprise";

    private static readonly string[] Domains = ["example.org", "gmail.com", "privaterelay.appleid.com"];

    private SocialStandIn? _standIn;
    private TestDatabase? _database;
    private IdentityHost? _host;

    public SocialStandIn StandIn => _standIn!;

    public TestDatabase Database => _database!;

    public IdentityHost Host => _host!;

    public LogRecorder Log { get; } = new();

    public async Task InitializeAsync()
    {
        _database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        _standIn = await SocialStandIn.StartAsync();
        Dictionary<string, string?> settings = new(StandIn.Settings())
        {
            ["Identity:Keys:MasterKey"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)),
            ["Identity:ExternalProviders:google:Order"] = "1",
            [$"Identity:ExternalProviders:{Enterprise}:Type"] = "github",
            [$"Identity:ExternalProviders:{Enterprise}:Authority"] = StandIn.Address.AbsoluteUri,
            [$"Identity:ExternalProviders:{Enterprise}:ClientId"] = SocialStandIn.ClientId,
            [$"Identity:ExternalProviders:{Enterprise}:ClientSecret"] = SocialStandIn.Secret,
            [$"Identity:ExternalProviders:{Enterprise}:DisplayName"] = "Our <b>GitHub",
        };
        foreach (var (domain, index) in Domains.Select(static (domain, index) => (domain, index)))
            settings[$"Identity:Registration:EmailDomains:{index.ToString(CultureInfo.InvariantCulture)}"] = domain;
        foreach (var (key, value) in TestClients.Settings)
            settings[key] = value;
        _host = await IdentityHost.StartAsync(
            Database,
            settings,
            services =>
            {
                services.AddSingleton<ILoggerProvider>(Log);
                services.RemoveAll<ExternalBackchannel>();
                services.AddSingleton(_ => new ExternalBackchannel(StandIn.CreateHandler(), TimeSpan.FromSeconds(4)));
            }
        );
    }

    public async Task DisposeAsync()
    {
        await Host.DisposeAsync();
        await StandIn.DisposeAsync();
        await Database.DisposeAsync();
        Log.Dispose();
    }

    /// <summary>Somebody new at a provider, with an address that it has verified.</summary>
    public static SocialPerson NewPerson(SocialProvider provider, bool isVerified = true) =>
        new(
            provider.Type switch
            {
                "Microsoft" => Guid.NewGuid().ToString(),
                "Apple" => $"000123.{Guid.NewGuid():N}.1234",
                _ => RandomNumberGenerator.GetInt32(1, int.MaxValue).ToString(CultureInfo.InvariantCulture),
            },
            provider.Type == "Apple"
                ? $"{Guid.NewGuid():N}@privaterelay.appleid.com"
                : $"{Guid.NewGuid():N}@example.org",
            isVerified
        );

    /// <summary>Presses the button of a provider, and returns where the browser is sent.</summary>
    public static Task<string> PressAsync(PageBrowser browser, SocialProvider provider, string from = "/sign-in") =>
        ExternalFixture.TargetAsync(browser, from, provider.Name);

    /// <summary>Goes to the provider and comes back, signed in there.</summary>
    public async Task<VisitedPage> GoAsync(
        PageBrowser browser,
        SocialProvider provider,
        SocialPerson person,
        string from = "/sign-in",
        bool isFirst = true
    )
    {
        var target = await PressAsync(browser, provider, from);
        return await ComeBackAsync(browser, StandIn.Agree(target, provider, person, isFirst));
    }

    /// <summary>Brings an answer back as a browser does: a POST from another site carries no Lax cookie.</summary>
    public async Task<VisitedPage> ComeBackAsync(PageBrowser browser, SocialAnswer answer)
    {
        if (!answer.IsPost)
            return await browser.GetAsync(answer.Address);
        var (client, cookies) = Host.CreateBrowser();
        using var _ = client;
        using FormUrlEncodedContent form = new(answer.Fields);
        using var posted = await client.PostAsync(answer.Path, form);
        Assert.Equal(HttpStatusCode.SeeOther, posted.StatusCode);
        foreach (var cookie in cookies.CookiesFor(Host.BaseAddress).Cast<Cookie>())
            browser.UseCookie(cookie.Name, cookie.Value);
        return await browser.GetAsync(posted.Headers.Location!.OriginalString);
    }

    /// <summary>Goes to the provider and creates an account with what it says.</summary>
    public async Task<VisitedPage> SignUpAsync(PageBrowser browser, SocialProvider provider, SocialPerson person)
    {
        var question = await browser.FollowAsync(await GoAsync(browser, provider, person));
        return await browser.SubmitAsync(question, [], "handler=SignUp");
    }

    /// <summary>How many accounts a person at a provider is linked to, of these addresses.</summary>
    public Task<long> LinksAsync(SocialPerson person) =>
        Database.ScalarAsync<long>(
            "SELECT count(*) FROM idp.external_logins e WHERE starts_with(e.subject, @subject)",
            ("subject", person.Id)
        );

    /// <summary>The address, name and origin of the account behind a person at a provider.</summary>
    public Task<string?> AccountAsync(SocialPerson person) =>
        Database.ScalarAsync<string>(
            """
            SELECT concat_ws(' ', u.email, u.email_verified, coalesce(u.name, '-'), e.provider, e.issuer, e.subject,
                CASE WHEN u.password_hash IS NULL THEN 'no password' END)
            FROM idp.external_logins e JOIN users u ON u.id = e.user_id WHERE starts_with(e.subject, @subject)
            """,
            ("subject", person.Id)
        );
}
