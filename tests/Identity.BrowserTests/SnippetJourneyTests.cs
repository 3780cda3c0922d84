using System.Diagnostics;
using Identity.Core.Administration;
using Identity.Core.Clients;
using Identity.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Playwright;

namespace Identity.BrowserTests;

/// <summary>What a newcomer does without a document: signs in to the console as the first administrator, makes an app,
/// pastes the snippet that its page shows into a program of their stack, signs in there and sees their roles.</summary>
public sealed class SnippetJourneyTests(Journey journey) : IClassFixture<Journey>
{
    private const string Role = "editor";

    [Fact]
    public Task The_snippet_makes_a_stock_ASPNET_Core_program_an_app_whose_people_have_roles() =>
        journey.GoAsync(async page =>
        {
            var address = SampleProgram.FreeAddress();
            var person = await AdministratorAsync(page);
            var (snippet, secret) = await MakeAppAsync(
                page,
                "stock-aspnet",
                "Web",
                "aspnetcore",
                At(address, "signin-oidc")
            );

            await using var program = await StockProgram.StartAsync(snippet, secret, address);
            await page.GotoAsync(address.AbsoluteUri);
            await Assertions.Expect(page.Locator("body")).ToContainTextAsync($"roles={Role}");
            await Assertions.Expect(page.Locator("body")).ToContainTextAsync($"email={person}");
            await page.GotoAsync(At(address, "editors"));
            await Assertions.Expect(page.Locator("body")).ToContainTextAsync("You edit.");
        });

    [Fact]
    public Task The_snippet_makes_an_Express_program_an_app_whose_people_have_roles() =>
        journey.GoAsync(async page =>
        {
            await NodePackages.InstalledAsync();
            var address = SampleProgram.FreeAddress();
            await AdministratorAsync(page);
            var (snippet, secret) = await MakeAppAsync(page, "stock-node", "Web", "node", At(address, "callback"));
            ProcessStartInfo start = new("node", ["snippet-host.mjs"])
            {
                WorkingDirectory = NodePackages.Folder,
                RedirectStandardOutput = true,
            };
            start.Environment["SNIPPET"] = snippet;
            start.Environment["PORT"] = address.Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
            start.Environment["CLIENT_SECRET"] = secret;
            start.Environment["COOKIE_SECRET"] = ConfiguredProvider.NewSecret();
            using var program = Process.Start(start)!;
            try
            {
                Assert.Equal("ready", await program.StandardOutput.ReadLineAsync());
                await page.GotoAsync(address.AbsoluteUri);
                await Assertions.Expect(page.Locator("body")).ToContainTextAsync($"\"roles\":[\"{Role}\"]");
            }
            finally
            {
                program.Kill(entireProcessTree: true);
                await program.WaitForExitAsync();
            }
        });

    [Fact]
    public Task The_snippet_makes_a_single_page_app_whose_people_have_roles() =>
        journey.GoAsync(async page =>
        {
            await NodePackages.InstalledAsync();
            var address = SampleProgram.FreeAddress();
            await AdministratorAsync(page);
            var (snippet, _) = await MakeAppAsync(page, "stock-spa", "Spa", "spa", At(address, "callback"));

            await using var files = await ServeAsync(address, snippet);
            await page.GotoAsync(address.AbsoluteUri);
            await Assertions.Expect(page.Locator("#profile")).ToContainTextAsync($"\"roles\":[\"{Role}\"]");
        });

    // As ./run makes one: an account of everyday use that may administer. It is signed in at the console.
    private async Task<string> AdministratorAsync(IPage page)
    {
        var administrator = await journey.Provider.AddOperatorAsync(AdminRole.Admin);
        await journey.Database.ExecuteAsync(
            "INSERT INTO idp.roles (name) VALUES (@role) ON CONFLICT DO NOTHING",
            ("role", Role)
        );
        await journey.Database.ExecuteAsync(
            "INSERT INTO idp.user_roles (user_id, role_id) SELECT @id, id FROM idp.roles WHERE name = @role",
            ("id", administrator.Id),
            ("role", Role)
        );
        await page.GotoAsync(journey.At("/admin"));
        await Journey.SignInAsync(page, administrator.Email);
        await page.ArriveAsync(journey.At("/admin"));
        return administrator.Email;
    }

    // One form; then the secret, which is shown once, and the snippet of the app's page.
    private static async Task<(string Snippet, string Secret)> MakeAppAsync(
        IPage page,
        string id,
        string profile,
        string stack,
        string redirectUri
    )
    {
        await page.GetByRole(AriaRole.Link, new() { Name = "Apps", Exact = true }).First.ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Add an app" }).ClickAsync();
        await page.Locator($"input[value='{profile}']").CheckAsync();
        await page.Locator("#Input_ClientId").FillAsync(id);
        await page.Locator("#Input_RedirectUris").FillAsync(redirectUri);
        await page.Locator("#Input_Scopes").FillAsync("openid\nprofile\nemail\nroles");
        await page.Locator("main form").Locator(Journey.Sends).First.ClickAsync();
        var secret = "";
        if (profile == "Web")
        {
            secret = await page.Locator("code[data-copy]").InnerTextAsync();
            await page.GetByRole(AriaRole.Link, new() { Name = "Continue" }).ClickAsync();
        }
        var code = page.Locator($"code[data-stack='{stack}']");
        var folded = page.Locator($"details:has(code[data-stack='{stack}'])");
        if (await folded.GetAttributeAsync("open") is null)
            await folded.Locator("summary").ClickAsync();
        return (await code.InnerTextAsync(), secret);
    }

    // A page of an origin of its own: the library as its package has it, and the snippet as a module.
    private static async Task<WebApplication> ServeAsync(Uri address, string snippet)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(address.AbsoluteUri);
        var app = builder.Build();
        var library = Path.Combine(
            NodePackages.Folder,
            "node_modules/oidc-client-ts/dist/browser/oidc-client-ts.min.js"
        );
        app.MapGet("/oidc-client-ts.js", () => Results.File(library, "text/javascript"));
        var page = $$"""
            <!doctype html><html lang="en"><meta charset="utf-8"><title>App</title><pre id="profile"></pre>
            <script src="/oidc-client-ts.js"></script>
            <script type="module">
            const { UserManager } = oidc;
            {{snippet}}
            document.getElementById('profile').textContent = JSON.stringify(user?.profile);
            </script></html>
            """;
        foreach (var path in new[] { "/", "/callback" })
            app.MapGet(path, () => Results.Content(page, "text/html"));
        await app.StartAsync();
        return app;
    }

    private static string At(Uri address, string path) => new Uri(address, path).AbsoluteUri;
}
