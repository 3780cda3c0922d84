using System.Net;
using System.Text.RegularExpressions;

namespace Identity.IntegrationTests.Conformance;

/// <summary>The form post plan: the answer as a form that the browser posts (OAuth 2.0 Form Post Response Mode), held
/// to all that holds for the query.</summary>
public sealed class FormPostPlanTests(ConformanceProvider plan) : IClassFixture<ConformanceProvider>
{
    private StrictClient Client => new(plan, plan.Client);

    [Fact]
    public async Task ACodeThatCameByFormGivesVerifiedTokens()
    {
        using var person = plan.Browser();

        var tokens = await Client.SignInAsync(person, "openid", ("response_mode", "form_post"));

        Assert.Equal(person.Subject, tokens.IdToken!.Claim("sub"));
    }

    [Fact]
    public async Task NothingOfTheAnswerStandsInAnAddress()
    {
        using var person = plan.Browser();

        var answer = await Client.AuthorizeAsync(person, Client.Request("openid", ("response_mode", "form_post")));

        Assert.Equal(HttpStatusCode.OK, answer.Visit.Page.Status);
        Assert.Null(answer.Visit.Page.Location);
        Assert.Equal(Client.Registration.RedirectUri, Assert.Single(answer.Visit.Page.Forms).Action);
    }

    [Fact]
    public async Task ThePageIsNotKeptAndItsPolicyLetsItsScriptRunAndItsFormGo()
    {
        using var person = plan.Browser();

        var page = (await Client.AuthorizeAsync(person, Client.Request("openid", ("response_mode", "form_post"))))
            .Visit
            .Page;

        var policy = page.Header("Content-Security-Policy")!;
        var nonce = WebUtility.HtmlDecode(Regex.Match(page.Html, "<script nonce=\"([^\"]+)\"").Groups[1].Value);
        Assert.StartsWith("text/html", page.Header("Content-Type"));
        Assert.Contains("no-store", page.Header("Cache-Control"));
        Assert.Contains($"'nonce-{nonce}'", policy);
        Assert.Matches("form-action [^;]*https://rp\\.example(;| |$)", policy);
        // Either keeps the address of this page from the client's.
        Assert.Contains(page.Header("Referrer-Policy"), new[] { "no-referrer", "same-origin" });
    }

    [Theory]
    [InlineData("prompt", "none", "login_required")]
    [InlineData("response_type", "token", "unsupported_response_type")]
    [InlineData("scope", "openid no-such-scope", "invalid_scope")]
    [InlineData("code_challenge", null, "invalid_request")]
    public async Task AnErrorComesByFormToo(string name, string? value, string error)
    {
        using var person = plan.Browser();

        var answer = await Client.AuthorizeAsync(
            person,
            Client.Request("openid", ("response_mode", "form_post"), (name, value))
        );

        Assert.Equal(error, answer.Error);
        Assert.Null(answer.Visit.Page.Location);
    }

    [Theory]
    [InlineData("\"><script>alert(1)</script>")]
    [InlineData("a&amp;b=c'd")]
    [InlineData("ünïcødé ☃")]
    public async Task AStateOfAnyCharactersComesBackAsItWas(string state)
    {
        using var person = plan.Browser();

        // The client compares.
        Assert.NotNull(
            (
                await Client.AuthorizeAsync(
                    person,
                    Client.Request("openid", ("response_mode", "form_post"), ("state", state))
                )
            ).Code
        );
    }

    [Fact]
    public async Task PromptLoginAsksAgain()
    {
        using var person = plan.Browser();
        var before = await Client.SignInAsync(person, "openid", ("response_mode", "form_post"));
        await Task.Delay(TimeSpan.FromSeconds(1.1));

        var (after, visit) = await Client.SignInSeenAsync(
            person,
            "openid",
            ("response_mode", "form_post"),
            ("prompt", "login")
        );

        Assert.True(visit.WasAskedToSignIn);
        Assert.True(after.IdToken!.Seconds("auth_time") > before.IdToken!.Seconds("auth_time"));
    }

    [Fact]
    public async Task ACodeUsedTwiceIsRefused()
    {
        using var person = plan.Browser();
        var request = Client.Request("openid", ("response_mode", "form_post"));
        var code = (await Client.AuthorizeAsync(person, request)).Code!;
        await Client.RedeemAsync(request, code);

        Assert.Equal("invalid_grant", await Client.RefusedAsync(Client.CodeForm(request, code)));
    }
}
