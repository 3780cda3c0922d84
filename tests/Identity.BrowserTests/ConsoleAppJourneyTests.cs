using Identity.Core.Administration;
using Identity.Testing;
using Microsoft.Playwright;

namespace Identity.BrowserTests;

/// <summary>A newcomer makes an app in the console and signs in to it, without a document.</summary>
public sealed class ConsoleAppJourneyTests(Journey journey) : IClassFixture<Journey>
{
    [Fact]
    public Task An_app_is_made_in_the_console_and_a_stock_program_signs_a_person_in_with_its_values() =>
        journey.GoAsync(async page =>
        {
            var address = SampleProgram.FreeAddress();
            var user = await journey.Provider.AddUserAsync();
            await journey.Database.ExecuteAsync(
                "INSERT INTO idp.user_roles (user_id, role_id) SELECT @user, id FROM idp.roles WHERE name = @role",
                ("user", user.Id),
                ("role", AdminRole.Admin)
            );
            await journey.SignInAtAccountAsync(page, user.Email);

            await page.GotoAsync(journey.At("/admin"));
            await page.GetByRole(AriaRole.Link, new() { Name = "Apps" }).First.ClickAsync();
            await page.GetByRole(AriaRole.Link, new() { Name = "Add an app" }).ClickAsync();
            await page.GetByLabel("Client ID").FillAsync("newcomer");
            await page.GetByLabel("Redirect addresses").FillAsync(new Uri(address, "signin-oidc").AbsoluteUri);
            await page.GetByLabel("Addresses after signing out")
                .FillAsync(new Uri(address, "signout-callback-oidc").AbsoluteUri);
            await page.GetByLabel("Scopes").FillAsync("openid\nprofile\nemail\noffline_access\napi");
            await page.GetByRole(AriaRole.Button, new() { Name = "Add app" }).ClickAsync();
            var secret = await page.Locator("code[data-copy]").InnerTextAsync();
            await page.GetByRole(AriaRole.Link, new() { Name = "Continue to the code" }).ClickAsync();
            var snippet = await page.Locator("code[data-stack='aspnetcore']").InnerTextAsync();

            Assert.Contains("options.ClientId = \"newcomer\";", snippet, StringComparison.Ordinal);
            Assert.Contains("options.Scope.Add(\"email\");", snippet, StringComparison.Ordinal);
            await using var app = await SampleProgram.StartAsync(
                "WebApp",
                address,
                new Dictionary<string, string>
                {
                    ["Oidc:Authority"] = AuthorityIn(snippet),
                    ["Oidc:ClientId"] = "newcomer",
                    ["Oidc:ClientSecret"] = secret,
                    ["Api:BaseUrl"] = journey.Api.AbsoluteUri,
                }
            );
            await page.GotoAsync(app.Address.AbsoluteUri);
            await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
            await page.WaitForURLAsync(new Uri(address, "Claims").AbsoluteUri);
            await Assertions.Expect(page.Locator("body")).ToContainTextAsync(user.Email);
        });

    private static string AuthorityIn(string snippet) => snippet.Split("options.Authority = \"")[1].Split('"')[0];
}
