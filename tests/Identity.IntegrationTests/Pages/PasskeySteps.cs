using System.Net;
using Identity.Testing;

namespace Identity.IntegrationTests.Pages;

/// <summary>What the script of a page with a passkey form does, one step after the other.</summary>
internal static class PasskeySteps
{
    /// <summary>Adds a passkey to the account of whoever is signed in.</summary>
    public static async Task<SoftPasskey> AddAsync(
        PageBrowser browser,
        IdentityHost host,
        uint counter = 0,
        bool synchronised = false
    )
    {
        var passkey = new SoftPasskey("localhost", host.Issuer.TrimEnd('/'))
        {
            Counter = counter,
            IsSynchronised = synchronised,
        };
        var page = await browser.GetAsync("/account/passkeys");
        var answer = await FinishAsync(
            browser,
            page,
            passkey.Create(await OptionsAsync(browser, page, "Add")),
            "Add",
            "Key of tests"
        );
        Assert.Equal("/account/passkeys?done=added", answer.Location);
        return passkey;
    }

    /// <summary>Opens a page and uses a passkey there.</summary>
    public static async Task<VisitedPage> UseAsync(PageBrowser browser, SoftPasskey passkey, string path)
    {
        var page = await browser.GetAsync(path);
        return await FinishAsync(browser, page, passkey.Get(await OptionsAsync(browser, page)));
    }

    /// <summary>First: the page's form, sent to the handler that begins.</summary>
    public static async Task<string> OptionsAsync(
        PageBrowser browser,
        VisitedPage page,
        string handler = "Passkey",
        string begins = "PasskeyOptions"
    )
    {
        var path = page.Address.AbsolutePath;
        var begin = page with
        {
            Html = page.Html.Replace(
                $"action=\"{path}?handler={handler}",
                $"action=\"{path}?handler={begins}",
                StringComparison.Ordinal
            ),
        };
        var answer = await browser.SubmitAsync(
            begin,
            [],
            begin.Forms.First(form => form.Action.Contains($"handler={begins}", StringComparison.Ordinal)).Action
        );
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        return answer.Html;
    }

    /// <summary>Then: what the authenticator answered, in the page's form.</summary>
    public static async Task<VisitedPage> FinishAsync(
        PageBrowser browser,
        VisitedPage page,
        string credential,
        string handler = "Passkey",
        string? name = null
    )
    {
        var action = page
            .Forms.First(form => form.Action.Contains($"handler={handler}", StringComparison.Ordinal))
            .Action;
        return await browser.SubmitAsync(
            page,
            name is null ? [("credential", credential)] : [("credential", credential), ("name", name)],
            action
        );
    }
}
