using System.Runtime.CompilerServices;
using Identity.Testing;
using Microsoft.Playwright;

namespace Identity.BrowserTests;

/// <summary>
/// What a journey goes through: the real provider over a database of its own, the sample web app and the sample API as
/// programs, and browsers, each with nothing in it. For <c>IClassFixture</c>. A journey that fails leaves a trace and a
/// screenshot under <c>artifacts/browser</c>.
/// </summary>
/// <remarks>A class that needs other settings derives from this and overrides <see cref="Settings"/>.</remarks>
public class Journey : IAsyncLifetime
{
    /// <summary>Finds the buttons that send a form.</summary>
    public const string Sends = "button:not([type='button']), input[type='submit']";

    private TestDatabase? _database;
    private ConfiguredProvider? _provider;
    private SampleProgram? _webApp;
    private SampleProgram? _api;

    /// <summary>The provider.</summary>
    public ConfiguredProvider Provider =>
        _provider ?? throw new InvalidOperationException("The fixture was not initialised.");

    /// <summary>Its database.</summary>
    public TestDatabase Database => Provider.Database;

    /// <summary>The sample web app.</summary>
    public Uri WebApp => _webApp!.Address;

    /// <summary>The sample API.</summary>
    public Uri Api => _api!.Address;

    /// <summary>How the web app asks for its answer: query or form_post.</summary>
    protected virtual string ResponseMode => "query";

    /// <summary>More settings of the provider, by configuration key.</summary>
    protected virtual IReadOnlyDictionary<string, string?> Settings => new Dictionary<string, string?>();

    /// <summary>An address at the provider.</summary>
    public string At(string path) => new Uri(Provider.Issuer, path).AbsoluteUri;

    /// <summary>An address at the web app.</summary>
    public string AtWebApp(string path = "/") => new Uri(WebApp, path).AbsoluteUri;

    /// <inheritdoc />
    public virtual async Task InitializeAsync()
    {
        var (web, api, secret) = (
            SampleProgram.FreeAddress(),
            SampleProgram.FreeAddress(),
            ConfiguredProvider.NewSecret()
        );
        _database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        var settings = ConfiguredProvider.WebClient("webapp", secret, web);
        foreach (var (key, value) in Settings)
            settings[key] = value;
        _provider = await ConfiguredProvider.StartAsync(_database, settings);
        var authority = Provider.Issuer.GetLeftPart(UriPartial.Authority);
        _api = await SampleProgram.StartAsync(
            "Api",
            api,
            new Dictionary<string, string> { ["Oidc:Authority"] = authority, ["Oidc:Audience"] = "api" }
        );
        _webApp = await SampleProgram.StartAsync(
            "WebApp",
            web,
            new Dictionary<string, string>
            {
                ["Oidc:Authority"] = authority,
                ["Oidc:ClientId"] = "webapp",
                ["Oidc:ClientSecret"] = secret,
                ["Oidc:ResponseMode"] = ResponseMode,
                ["Api:BaseUrl"] = api.AbsoluteUri,
            }
        );
    }

    /// <inheritdoc />
    public virtual async Task DisposeAsync()
    {
        foreach (var part in new IAsyncDisposable?[] { _webApp, _api, _provider, _database })
        {
            if (part is not null)
                await part.DisposeAsync();
        }
    }

    /// <summary>Goes on a journey in a browser with nothing in it.</summary>
    /// <param name="steps">What the person does.</param>
    /// <param name="options">Size, colours, JavaScript.</param>
    /// <param name="name">Names the trace of a failure.</param>
    public async Task GoAsync(
        Func<IPage, Task> steps,
        BrowserNewContextOptions? options = null,
        [CallerMemberName] string name = "journey"
    )
    {
        var browser = await Chromium.GetAsync();
        await using var context = await browser.NewContextAsync(options ?? new());
        context.SetDefaultTimeout(45_000);
        await context.Tracing.StartAsync(new() { Screenshots = true, Snapshots = true });
        var page = await context.NewPageAsync();
        try
        {
            await steps(page);
        }
        catch (Exception failure)
        {
            var folder = Repository.PathOf("artifacts/browser");
            Directory.CreateDirectory(folder);
            var file = Path.Combine(folder, $"{GetType().Name}.{name}");
            await context.Tracing.StopAsync(new() { Path = file + ".zip" });
            var seen = "";
            foreach (var open in context.Pages)
            {
                await open.ScreenshotAsync(new() { Path = file + ".png", FullPage = true });
                seen +=
                    $"{open.Url}{Environment.NewLine}"
                    + $"{await open.Locator("body").InnerTextAsync()}{Environment.NewLine}";
            }

            throw new InvalidOperationException(
                $"{failure.Message}{Environment.NewLine}The browser was at {seen}{Environment.NewLine}Trace: "
                    + $"{Path.GetRelativePath(Repository.Root, file)}.zip{Environment.NewLine}Web "
                    + $"app:{Environment.NewLine}{_webApp?.Output}",
                failure
            );
        }
    }

    /// <summary>Fills in the sign-in form that is on the page, as a password manager would find it, and sends
    /// it.</summary>
    public static async Task SignInAsync(IPage page, string email, string password = ConfiguredProvider.Password)
    {
        var form = page.Locator("form:has(input[autocomplete~='current-password'])");
        await form.Locator("input[autocomplete~='username']").FillAsync(email);
        await form.Locator("input[autocomplete~='current-password']").FillAsync(password);
        await form.Locator(Sends).First.ClickAsync();
    }

    /// <summary>From the web app's start, by the provider's sign-in page, to the claims.</summary>
    public async Task SignInAtWebAppAsync(IPage page, string email)
    {
        await page.GotoAsync(AtWebApp());
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await SignInAsync(page, email);
        await page.ArriveAsync(AtWebApp("/Claims"));
    }

    /// <summary>Signs in at the provider itself, and stands on the account page.</summary>
    public async Task SignInAtAccountAsync(IPage page, string email)
    {
        await page.GotoAsync(At("/account"));
        await SignInAsync(page, email);
        await page.ArriveAsync(At("/account"));
    }
}
