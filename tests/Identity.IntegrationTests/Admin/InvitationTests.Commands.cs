using Identity.Core.Keys;
using Identity.IntegrationTests.Commands;
using Identity.Testing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Identity.IntegrationTests.Admin;

/// <summary>The same by command: what the program sends on the host is what a person opens in a browser.</summary>
public sealed partial class InvitationTests
{
    [Fact]
    public async Task An_invitation_by_command_creates_the_account_and_a_former_or_withdrawn_link_does_not()
    {
        using var identity = Identity();
        var (email, other, group) = (Address(), Address(), await GroupAsync());
        var name = await fixture.Database.ScalarAsync<string>(
            "SELECT name FROM idp.groups WHERE id = @id",
            ("id", group)
        );

        var sent = await identity.RunAsync("invitations", "send", email, "--group", name!);
        var former = await LinkAsync(email);
        var again = await identity.RunAsync("invitations", "resend", email);
        await identity.RunAsync("invitations", "send", other);
        var withdrawn = await LinkAsync(other);
        var gone = await identity.RunAsync("invitations", "withdraw", other);
        var listed = await identity.RunAsync("invitations", "list");
        using var browser = new PageBrowser(fixture.Host);
        VisitedPage[] closed =
        [
            await browser.FollowAsync(await browser.GetAsync(former)),
            await browser.FollowAsync(await browser.GetAsync(withdrawn)),
        ];
        var form = await browser.FollowAsync(await browser.GetAsync(await LinkAsync(email)));
        var accepted = await browser.SubmitAsync(form, [("Input.Name", "Ada"), ("Input.NewPassword", Password)]);

        Assert.Equal((0, 0, 0), (sent.ExitCode, again.ExitCode, gone.ExitCode));
        Assert.Contains(email, listed.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(other, listed.Output, StringComparison.Ordinal);
        Assert.All(
            closed,
            static page => Assert.Contains("This invitation has expired", page.Text, StringComparison.Ordinal)
        );
        Assert.Equal("/account", accepted.Location);
        Assert.Equal((true, 0L, 1L), await HeldAsync(email, Guid.Empty, group));
    }

    [Fact]
    public async Task A_link_to_choose_a_password_that_a_command_sends_sets_it_once()
    {
        const string Chosen = "Another-Horse-9-staple";
        using var identity = Identity();
        var person = await fixture.UserAsync();

        var sent = await identity.RunAsync("users", "send-reset", person.Email);
        Assert.Equal((0, ""), (sent.ExitCode, sent.ExitCode == 0 ? "" : sent.Output));
        var link = await LinkAsync(person.Email, "password_reset");
        using var browser = new PageBrowser(fixture.Host);
        var form = await browser.FollowAsync(await browser.GetAsync(link));
        await browser.SubmitAsync(form, [("Input.NewPassword", Chosen)]);
        using var fresh = new PageBrowser(fixture.Host);
        await fresh.SignInAsync(person.Email, Chosen);
        var account = await fresh.GetAsync("/account");
        var again = await fresh.FollowAsync(await fresh.GetAsync(link));

        Assert.Equal(System.Net.HttpStatusCode.OK, account.Status);
        Assert.DoesNotContain("name=\"Input.NewPassword\"", again.Html, StringComparison.Ordinal);
    }

    // The program beside the running instance: its database, its master key, its issuer.
    private InProcessCommand Identity() =>
        new(
            new Dictionary<string, string?>
            {
                ["ConnectionStrings:Identity"] = fixture.Database.ConnectionString,
                ["Identity:Issuer"] = fixture.Host.Issuer,
                ["Identity:Keys:MasterKeyFile"] = MasterKeyFile.Locate(
                    fixture.Service<IOptions<KeysOptions>>().Value,
                    fixture.Service<IHostEnvironment>()
                ),
            }
        );
}
