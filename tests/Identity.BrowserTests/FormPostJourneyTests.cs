using Microsoft.Playwright;

namespace Identity.BrowserTests;

/// <summary>The answer as a form that the browser posts to the application (OAuth 2.0 Form Post Response Mode), under
/// our content policy.</summary>
public sealed class FormPostJourneyTests(FormPostJourneyTests.FormPost journey)
    : IClassFixture<FormPostJourneyTests.FormPost>
{
    [Fact]
    public Task The_answer_comes_as_a_form_and_no_policy_stops_it() =>
        journey.GoAsync(async page =>
        {
            var user = await journey.Provider.AddUserAsync();
            List<string> refused = [];
            page.Console += (_, message) =>
            {
                if (message.Type == "error")
                    refused.Add(message.Text);
            };

            var answer = page.WaitForRequestAsync(request => request.Url == journey.AtWebApp("/signin-oidc"));
            await journey.SignInAtWebAppAsync(page, user.Email);

            Assert.Equal("POST", (await answer).Method);
            Assert.Empty(refused);
        });

    [Fact]
    public Task Without_JavaScript_the_form_has_a_button() =>
        journey.GoAsync(
            async page =>
            {
                var user = await journey.Provider.AddUserAsync();
                await page.GotoAsync(journey.AtWebApp());
                await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();

                await Journey.SignInAsync(page, user.Email);
                await page.Locator($"form[action='{journey.AtWebApp("/signin-oidc")}']")
                    .Locator(Journey.Sends)
                    .First.ClickAsync();

                await page.ArriveAsync(journey.AtWebApp("/Claims"));
            },
            new() { JavaScriptEnabled = false }
        );

    /// <summary>The web app asks for <c>response_mode=form_post</c>, as the stock handler does when left
    /// alone.</summary>
    public sealed class FormPost : Journey
    {
        protected override string ResponseMode => "form_post";
    }
}
