using System.Net;
using Identity.Core.People;
using Identity.Core.Users;
using Identity.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.IntegrationTests.Pages;

/// <summary>An operator's lock holds at every door of the pages until it is taken off: no proof opens it, and none
/// lifts it.</summary>
public sealed class OperatorLockTests(ExternalFixture fixture) : IClassFixture<ExternalFixture>
{
    [Theory]
    [InlineData("password")]
    [InlineData("passkey")]
    [InlineData("magic link")]
    [InlineData("reset")]
    [InlineData("external")]
    public async Task No_door_opens_while_the_lock_is_on_and_the_password_opens_it_afterwards(string door)
    {
        var user = await fixture.UserAsync();
        var remote = await fixture.There.AddUserAsync();
        using var owner = new PageBrowser(fixture.Here);
        await fixture.LinkAsync(user, remote.Email);
        await owner.SignInAsync(user.Email, PagesFixture.Password);
        using var passkey = await PasskeySteps.AddAsync(owner, fixture.Here);
        await owner.SubmitAsync(await owner.GetAsync("/sign-out"), []);
        using var browser = new PageBrowser(fixture.Here);
        // A link that was asked for before the lock, as well as a sign-in that is under way at another provider.
        var link = door is "magic link" or "reset" ? await LinkAsync(browser, user, door) : null;
        var wayBack = door == "external" ? await fixture.WayBackAsync(browser, remote.Email) : null;
        var locks = fixture.Here.Services.GetRequiredService<AccountActions>();
        await locks.LockAsync(user.Id);

        var answer = door switch
        {
            "password" => await browser.SignInAsync(user.Email, PagesFixture.Password),
            "passkey" => await PasskeySteps.UseAsync(browser, passkey, "/sign-in"),
            "external" => await browser.GetAsync(wayBack!),
            _ => await PressAsync(browser, link!),
        };

        Assert.NotEqual(HttpStatusCode.InternalServerError, answer.Status);
        Assert.Null(browser.Cookie("__Host-identity"));
        Assert.Equal(0L, await fixture.SessionsAsync(user));
        Assert.True(
            await fixture.Database.ScalarAsync<bool>(
                "SELECT operator_locked_until > now() FROM users WHERE id = @id",
                ("id", user.Id)
            )
        );
        await locks.UnlockAsync(user.Id);
        using var afterwards = new PageBrowser(fixture.Here);
        var password = door == "reset" && answer.Location is not null ? NewPassword : PagesFixture.Password;
        Assert.Equal(HttpStatusCode.SeeOther, (await afterwards.SignInAsync(user.Email, password)).Status);
        Assert.Equal(1L, await fixture.SessionsAsync(user));
    }

    private const string NewPassword = "Another-sentence-4-you";

    private async Task<string> LinkAsync(PageBrowser browser, UserAccount user, string door)
    {
        await browser.SubmitAsync(
            await browser.GetAsync(door == "reset" ? "/forgot-password" : "/sign-in/link"),
            [("Input.Email", user.Email)]
        );
        return await fixture.LinkToAsync(user.Email, door == "reset" ? "password_reset" : "magic_link");
    }

    private static async Task<VisitedPage> PressAsync(PageBrowser browser, string link)
    {
        var page = await browser.FollowAsync(await browser.GetAsync(link));
        return page.Forms.Any(static form => form.Fields.Any(static field => field.Name == "Input.NewPassword"))
                ? await browser.SubmitAsync(page, [("Input.NewPassword", NewPassword)])
            : page.Status == HttpStatusCode.OK && page.Address.AbsolutePath == "/magic-link"
                ? await browser.SubmitAsync(page, [])
            : page;
    }
}
