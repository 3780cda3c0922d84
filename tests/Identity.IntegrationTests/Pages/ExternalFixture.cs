using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Mail;
using Identity.Core.Passwords;
using Identity.Core.Primitives;
using Identity.Core.Users;
using Identity.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Identity.IntegrationTests.Pages;

/// <summary>Two providers, each the whole program over a database of its own: people of the one ("here") may sign in by
/// the other ("there").</summary>
public sealed partial class ExternalFixture : IAsyncLifetime
{
    private TestDatabase? _hereDatabase;
    private TestDatabase? _thereDatabase;
    private IdentityHost? _here;
    private ConfiguredProvider? _there;

    public TestDatabase Database => _hereDatabase!;

    public IdentityHost Here => _here!;

    public ConfiguredProvider There => _there!;

    /// <summary>What the program here logs, behind its own filters.</summary>
    public LogRecorder Log { get; } = new();

    public async Task InitializeAsync()
    {
        var cluster = await PostgresCluster.GetAsync();
        (_hereDatabase, _thereDatabase) = (await cluster.CreateDatabaseAsync(), await cluster.CreateDatabaseAsync());
        var (address, secret) = (
            new Uri($"http://localhost:{ConfiguredProvider.FreePort()}/"),
            ConfiguredProvider.NewSecret()
        );
        _there = await ConfiguredProvider.StartAsync(
            _thereDatabase,
            ConfiguredProvider.WebClient("here", secret, address, "external/callback/work")
        );
        _here = await IdentityHost.StartAsync(
            _hereDatabase,
            new Dictionary<string, string?>(TestClients.Settings)
            {
                ["urls"] = $"http://127.0.0.1:{address.Port}",
                ["Identity:Issuer"] = address.AbsoluteUri,
                ["Identity:Keys:MasterKey"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)),
                ["Identity:Recovery:MagicLinks"] = "true",
                ["Identity:ExternalProviders:work:Authority"] = _there.Issuer.AbsoluteUri,
                ["Identity:ExternalProviders:work:ClientId"] = "here",
                ["Identity:ExternalProviders:work:ClientSecret"] = secret,
                ["Identity:ExternalProviders:work:DisplayName"] = "The Office",
                ["Identity:ExternalProviders:gone:Authority"] = $"http://localhost:{ConfiguredProvider.FreePort()}/",
                ["Identity:ExternalProviders:gone:ClientId"] = "here",
                ["Identity:ExternalProviders:gone:DisplayName"] = "Nobody home",
            },
            services => services.AddSingleton<ILoggerProvider>(Log)
        );
    }

    public async Task DisposeAsync()
    {
        await Here.DisposeAsync();
        await There.DisposeAsync();
        await _hereDatabase!.DisposeAsync();
        await _thereDatabase!.DisposeAsync();
        Log.Dispose();
    }

    /// <summary>An account here, with <see cref="PagesFixture.Password"/>.</summary>
    public async Task<UserAccount> UserAsync(bool verified = true, bool twoFactor = false)
    {
        Assert.True(PlainTextPassword.TryCreate(PagesFixture.Password, out var password));
        var services = Here.Services;
        var user = (
            await services
                .GetRequiredService<Database>()
                .InTransactionAsync(
                    (transaction, cancel) =>
                        services
                            .GetRequiredService<UserStore>()
                            .CreateAsync(
                                transaction,
                                new(
                                    EmailAddress.Parse($"person-{Guid.NewGuid():N}@example.org"),
                                    services.GetRequiredService<PasswordHasher>().Hash(password),
                                    null,
                                    IsVerified: verified
                                ),
                                new RequestContext(null, null, null),
                                cancel
                            ),
                    default
                )
        )!;
        await Database.ExecuteAsync(
            "UPDATE users SET two_factor_enabled = @second WHERE id = @id",
            ("id", user.Id),
            ("second", twoFactor)
        );
        return user;
    }

    /// <summary>Goes to the other provider from a page with its button, signs in there, and stands before the way
    /// back.</summary>
    /// <param name="email">Who signs in there.</param>
    public async Task<string> WayBackAsync(PageBrowser here, string email, string from = "/sign-in")
    {
        using var there = new PageBrowser(There.Host);
        var target = new Uri(await TargetAsync(here, from));
        var asked = await there.GetAsync(target.PathAndQuery);
        Assert.True(
            asked.Location?.StartsWith("/sign-in", StringComparison.Ordinal),
            $"{target} leads to {asked.Status} {asked.Location} {asked.Text}"
        );
        var answer = await there.FollowAsync(
            await there.SignInAsync(email, ConfiguredProvider.Password, asked.Location!)
        );
        Assert.StartsWith(
            new Uri(Here.BaseAddress, "/external/callback/work?").AbsoluteUri,
            answer.Location,
            StringComparison.Ordinal
        );
        return new Uri(answer.Location!).PathAndQuery;
    }

    /// <summary>Presses the button, and reads where the page leads.</summary>
    public static async Task<string> TargetAsync(PageBrowser here, string from = "/sign-in", string provider = "work")
    {
        var page = await here.GetAsync(from);
        var form = page.Forms.First(static candidate =>
            candidate.Action.StartsWith("/external/start", StringComparison.Ordinal)
            || candidate.Action.EndsWith("=Add", StringComparison.Ordinal)
        );
        var on = await here.SubmitAsync(page, [("provider", provider)], form.Action);
        var refresh = Refresh().Match(on.Html);
        Assert.True(on.Location is not null || refresh.Success, $"{from} leads to {on.Status} {on.Text}");
        return on.Location ?? System.Net.WebUtility.HtmlDecode(refresh.Groups[1].Value);
    }

    /// <summary>Links an account there to one here, by the pages.</summary>
    public async Task LinkAsync(UserAccount user, string emailThere)
    {
        using var browser = new PageBrowser(Here);
        await browser.SignInAsync(user.Email, PagesFixture.Password);
        await browser.GetAsync(await WayBackAsync(browser, emailThere, "/account/external"));
        var linked = await browser.SubmitAsync(await browser.GetAsync("/external/link"), [], "/external/link");
        Assert.Equal("/account/external?done", linked.Location);
        await browser.SubmitAsync(await browser.GetAsync("/sign-out"), []);
    }

    public Task<long> SessionsAsync(UserAccount user) =>
        Database.ScalarAsync<long>("SELECT count(*) FROM sessions WHERE user_id = @id AND is_active", ("id", user.Id));

    public Task<string?> MethodsAsync(UserAccount user) =>
        Database.ScalarAsync<string>(
            "SELECT array_to_string(amr, ' ') || ' ' || acr FROM sessions WHERE user_id = @id AND is_active ORDER BY "
                + "created_at DESC LIMIT 1",
            ("id", user.Id)
        );

    /// <summary>Where the button of the newest mail of a kind leads.</summary>
    public async Task<string> LinkToAsync(string email, string kind)
    {
        var mails = await Here.Services.GetRequiredService<MailboxReader>().ListAsync(200, default);
        return new Uri(
            MailedLink().Match(mails.First(mail => mail.Kind == kind && mail.Content.To == email).Content.Text).Value
        ).PathAndQuery;
    }

    [GeneratedRegex("http-equiv=\"refresh\" content=\"0;url=([^\"]+)\"")]
    private static partial Regex Refresh();

    [GeneratedRegex(@"http\S+\?token=\S+")]
    private static partial Regex MailedLink();
}
