using Identity.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Playwright;

namespace Identity.BrowserTests;

/// <summary>
/// The provider, and a single-page app of <c>tests/interop/spa</c> on an origin of its own: static files and
/// oidc-client-ts from its package, no server behind it.
/// </summary>
public sealed class SinglePageApp : IAsyncLifetime
{
    private TestDatabase? _database;
    private ConfiguredProvider? _provider;
    private WebApplication? _files;

    /// <summary>The provider.</summary>
    public ConfiguredProvider Provider => _provider!;

    /// <summary>The app's origin.</summary>
    public Uri Address { get; } = SampleProgram.FreeAddress();

    /// <summary>An address of the app.</summary>
    public string At(string path = "/") => new Uri(Address, path).AbsoluteUri;

    public async Task InitializeAsync()
    {
        await NodePackages.InstalledAsync();
        _database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        _provider = await ConfiguredProvider.StartAsync(
            _database,
            new Dictionary<string, string?>
            {
                ["Identity:Clients:spa:Profile"] = "Spa",
                ["Identity:Clients:spa:Name"] = "Single-page app",
                ["Identity:Clients:spa:RedirectUris:0"] = At("/callback"),
                ["Identity:Clients:spa:RedirectUris:1"] = At("/silent"),
                ["Identity:Clients:spa:PostLogoutRedirectUris:0"] = At("/bye"),
                ["Identity:Clients:spa:Scopes:0"] = "openid",
                ["Identity:Clients:spa:Scopes:1"] = "profile",
                ["Identity:Clients:spa:Scopes:2"] = "email",
                ["Identity:Clients:spa:Scopes:3"] = "offline_access",
            }
        );
        _files = await ServeAsync();
    }

    public async Task DisposeAsync()
    {
        foreach (var part in new IAsyncDisposable?[] { _files, _provider, _database })
        {
            if (part is not null)
                await part.DisposeAsync();
        }
    }

    /// <summary>Opens the app in a browser with nothing in it, and hands out what the browser complained
    /// about.</summary>
    public async Task GoAsync(Func<IPage, List<string>, Task> steps)
    {
        var browser = await Chromium.GetAsync();
        await using var context = await browser.NewContextAsync();
        context.SetDefaultTimeout(45_000);
        var page = await context.NewPageAsync();
        List<string> complaints = [];
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
                complaints.Add(message.Text);
        };
        try
        {
            await OpenAsync(page);
            await steps(page, complaints);
        }
        catch (Exception failure)
        {
            throw new InvalidOperationException(
                $"{failure.Message}{Environment.NewLine}The browser was at {page.Url}{Environment.NewLine}"
                    + $"{await page.Locator("body").InnerTextAsync()}{Environment.NewLine}"
                    + $"{string.Join(Environment.NewLine, complaints)}",
                failure
            );
        }
    }

    /// <summary>Opens the app, and waits until its script has run.</summary>
    public async Task OpenAsync(IPage page)
    {
        await page.GotoAsync(At());
        await ReadyAsync(page);
    }

    /// <summary>Waits until the app is there and its script has run.</summary>
    public static Task ReadyAsync(IPage page) => page.Locator("body[data-ready]").WaitForAsync();

    private async Task<WebApplication> ServeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(Address.AbsoluteUri);
        var app = builder.Build();
        var folder = Path.Combine(NodePackages.Folder, "spa");
        var library = Path.Combine(
            NodePackages.Folder,
            "node_modules",
            "oidc-client-ts",
            "dist",
            "browser",
            "oidc-client-ts.min.js"
        );
        app.MapGet(
            "/settings.json",
            () =>
                Results.Json(
                    new
                    {
                        authority = Provider.Issuer.AbsoluteUri,
                        client_id = "spa",
                        monitor_session = false,
                    }
                )
        );
        app.MapGet("/oidc-client-ts.js", () => Results.File(library, "text/javascript"));
        app.MapGet("/app.js", () => Results.File(Path.Combine(folder, "app.js"), "text/javascript"));
        foreach (var path in new[] { "/", "/callback", "/silent", "/bye" })
            app.MapGet(path, () => Results.File(Path.Combine(folder, "index.html"), "text/html"));
        await app.StartAsync();
        return app;
    }
}
