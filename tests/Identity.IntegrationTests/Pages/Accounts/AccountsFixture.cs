using System.Net;
using Identity.Core.Audit;
using Identity.Core.Primitives;
using Identity.Core.Sessions;
using Identity.Core.Users;
using Identity.Testing;
using Microsoft.AspNetCore.WebUtilities;

namespace Identity.IntegrationTests.Pages.Accounts;

/// <summary>The tests of several accounts share one host.</summary>
[CollectionDefinition(Name)]
public sealed class AccountsCollection : ICollectionFixture<AccountsFixture>
{
    public const string Name = "several accounts in one browser";
}

/// <summary>A host whose browsers may hold three accounts, and people with several of them.</summary>
public sealed class AccountsFixture : IAsyncLifetime
{
    /// <summary>How many accounts a browser may hold.</summary>
    public const int Most = 3;

    public const string Front = "https://front.example/callback";
    public const string Chooser = "/choose-account";
    private const string Add = "/sign-in?add";

    public PagesFixture Pages { get; } =
        new(
            new Dictionary<string, string?>(TestClients.Settings)
            {
                ["Identity:Sessions:AccountsPerBrowser"] = "3",
                ["Identity:Clients:web:BackchannelLogoutUri"] = "http://127.0.0.1:1/none",
                ["Identity:Clients:front:Profile"] = "Web",
                ["Identity:Clients:front:Secret"] = TestClients.Secret,
                ["Identity:Clients:front:RedirectUris:0"] = Front,
                ["Identity:Clients:front:Scopes:0"] = "openid",
                ["Identity:Clients:front:FrontchannelLogoutUri"] = "https://front.example/out",
                ["Identity:Clients:front:FrontchannelLogoutSessionRequired"] = "true",
            }
        );

    public IdentityHost Host => Pages.Host;

    public TestDatabase Database => Pages.Database;

    public Task InitializeAsync() => Pages.InitializeAsync();

    public Task DisposeAsync() => Pages.DisposeAsync();

    /// <summary>A browser in which these many people are signed in, the last of them current.</summary>
    public async Task<(PageBrowser Browser, UserAccount[] People)> TogetherAsync(int count = 2)
    {
        PageBrowser browser = new(Host);
        List<UserAccount> people = [];
        for (var i = 0; i < count; i++)
        {
            people.Add(await Pages.UserAsync($"Person {i}"));
            Assert.Equal(HttpStatusCode.SeeOther, (await AddAsync(browser, people[i])).Status);
        }
        return (browser, [.. people]);
    }

    /// <summary>Adds an account by its password.</summary>
    public static Task<VisitedPage> AddAsync(PageBrowser browser, UserAccount user) =>
        browser.SignInAsync(user.Email, PagesFixture.Password, Add);

    /// <summary>Chooses an account on the page.</summary>
    public async Task<VisitedPage> ChooseAsync(PageBrowser browser, UserAccount user, VisitedPage? page = null) =>
        await browser.SubmitAsync(
            page ?? await browser.GetAsync(Chooser),
            [("account", (await SessionAsync(user)).ToString("D"))],
            action: null
        );

    /// <summary>The live session of a person.</summary>
    public async Task<Guid> SessionAsync(UserAccount user) => Assert.Single(await SessionsAsync(user));

    /// <summary>The live sessions of a person.</summary>
    public async Task<Guid[]> SessionsAsync(UserAccount user) =>
        (
            await Database.ScalarAsync<Guid[]>(
                "SELECT coalesce(array_agg(id), '{}') FROM public.sessions WHERE user_id = @id AND is_active",
                ("id", user.Id)
            )
        )!;

    /// <summary>Whose the current session is; null if nobody's is live.</summary>
    public async Task<Guid?> CurrentAsync(PageBrowser browser) =>
        OpaqueToken.TryParse(browser.Cookie("__Host-identity"), out var token)
            ? (await Pages.Service<SessionStore>().ValidateAsync(token.Digest, default))?.UserId
            : null;

    /// <summary>Whether the browser holds the session.</summary>
    public static bool Holds(PageBrowser browser, Guid session) => browser.Cookie(CookieOf(session)) is not null;

    /// <summary>The cookie of a session.</summary>
    public static string CookieOf(Guid session) => $"__Host-account-{session:N}";

    /// <summary>Makes the sessions of people look as old as this.</summary>
    public Task AgeAsync(TimeSpan age, params UserAccount[] people) =>
        Database.ExecuteAsync(
            "UPDATE public.sessions SET auth_time = auth_time - @age, created_at = created_at - @age "
                + "WHERE user_id = ANY (@ids)",
            ("age", age),
            ("ids", people.Select(static user => user.Id).ToArray())
        );

    /// <summary>Ends a session from elsewhere.</summary>
    public Task EndAsync(Guid session) =>
        Pages
            .Service<SessionStore>()
            .EndAsync(session, EndReason.Revoked, new RequestContext(null, null, null), default);

    /// <summary>What the client gets in the redirect.</summary>
    public static string? AnswerOf(VisitedPage page, string name) =>
        QueryHelpers.ParseQuery(new Uri(page.Location!).Query).TryGetValue(name, out var value)
            ? value.ToString()
            : null;

    /// <summary>The ID token behind an answer with a code.</summary>
    public static async Task<string> IdTokenAsync(RelyingParty party, VisitedPage answer) =>
        (await party.RedeemAsync(AnswerOf(answer, "code")!)).IdToken!;

    /// <summary>Whom the client gets.</summary>
    public static async Task<Guid> SubjectAsync(RelyingParty party, VisitedPage answer) =>
        Answer.Decode(await IdTokenAsync(party, answer)).Payload.GetProperty("sub").GetGuid();
}
