using System.Net;
using System.Text.RegularExpressions;
using Identity.Server.Presentation.Assets;
using Identity.Testing;

namespace Identity.IntegrationTests.Pages;

/// <summary>What holds for every page, in every language.</summary>
public sealed partial class EveryPageTests(PagesFixture fixture) : IClassFixture<PagesFixture>
{
    private const int MaxBytes = 50 * 1024;
    private static readonly string[] Open =
    [
        "/sign-in",
        "/register",
        "/check-mail",
        "/verify-email",
        "/forgot-password",
        "/reset-password",
        "/revert-email",
        "/secure-account",
        "/dev/mailbox",
        "/signed-out",
        "/account-deleted",
        "/error",
        "/no-such-page",
        "/external/link",
        "/external/failed",
    ];
    private static readonly string[] SignedIn =
    [
        "/account",
        "/account/profile",
        "/account/email",
        "/account/password",
        "/account/two-factor",
        "/account/two-factor/set-up",
        "/account/sessions",
        "/account/secure",
        "/device",
        "/device?user_code=BCDF-GHJK",
        "/device?done=gone",
        "/account/requests",
        "/account/apps",
        "/account/activity",
        "/account/export",
        "/account/delete",
        "/confirm-identity",
        "/sign-out",
        "/account/passkeys",
        "/sign-in/passkey",
        "/account/external",
        "/admin",
        "/admin/second-factor",
        "/admin/people",
        "/admin/people/new",
        "/admin/groups",
        "/admin/roles",
        Onlooker,
        Onlooker + "/profile",
        Onlooker + "/activity",
    ];

    // The onlooker, who administers, looks at themselves.
    private const string Onlooker = "/admin/people/onlooker";

    public static TheoryData<string, string> Pages
    {
        get
        {
            TheoryData<string, string> data = [];
            foreach (var path in Open.Concat(SignedIn))
            {
                foreach (var language in (string[])["en", "de", "fr", "ar"])
                    data.Add(path, language);
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task A_page_is_whole_light_and_guarded(string path, string language)
    {
        using var stranger = new PageBrowser(fixture.Host);
        var page = await OpenAsync(
            SignedIn.Contains(path) ? await fixture.Onlooker : stranger,
            path.Replace("onlooker", fixture.OnlookerId.ToString(), StringComparison.Ordinal),
            language
        );

        Assert.Contains(
            $"<html lang=\"{language}\" dir=\"{(language == "ar" ? "rtl" : "ltr")}\">",
            page.Html,
            StringComparison.Ordinal
        );
        Assert.Matches("<title>[^<]+ · Identity</title>", page.Html);
        Assert.Single(HeadingPattern().Matches(page.Html));
        Assert.Single(Regex.Matches(page.Html, "<main[ >]"));
        Assert.All(
            ControlPattern().Matches(page.Html).Select(static control => control.Groups["id"].Value),
            id => Assert.Contains($"<label for=\"{id}\"", page.Html, StringComparison.Ordinal)
        );
        Assert.All(
            page.Forms.Where(static form => form.Method == "post"),
            static form => Assert.Contains(form.Fields, static field => field.Name == "__RequestVerificationToken")
        );
        // A sentence of the page runs in the direction of the page. The element takes that of the first letter, which
        // may be of a name within the sentence.
        Assert.DoesNotMatch("<bdi>[^<]*(\u2068|&#x2068;)", page.Html);
        Assert.DoesNotMatch(@"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", page.Html);
        Assert.True(Weight(page) < MaxBytes, $"{path} weighs {Weight(page)} bytes.");
        Assert.Contains("no-store", page.Header("Cache-Control"), StringComparison.Ordinal);
        Assert.Equal("nosniff", page.Header("X-Content-Type-Options"));
        Assert.Contains("frame-ancestors 'none'", page.Header("Content-Security-Policy"), StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", page.Header("Content-Security-Policy"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_language_switch_is_remembered_and_stays_on_the_page()
    {
        using var browser = new PageBrowser(fixture.Host);
        var page = await browser.GetAsync("/sign-in?returnUrl=%2Faccount%2Fsessions");

        var answer = await browser.SubmitAsync(page, [("language", "ar")], "handler=Language");
        var again = await browser.GetAsync(answer.Location!);

        Assert.Equal("/sign-in?returnUrl=%2Faccount%2Fsessions", answer.Location);
        Assert.Contains("dir=\"rtl\"", again.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_language_that_nobody_speaks_here_changes_nothing()
    {
        using var browser = new PageBrowser(fixture.Host);

        var answer = await browser.SubmitAsync(
            await browser.GetAsync("/sign-in"),
            [("language", "../../etc")],
            "handler=Language"
        );

        Assert.False(answer.Headers.ContainsKey("Set-Cookie"));
    }

    [Fact]
    public async Task Static_files_are_kept_for_a_year_under_a_name_with_their_digest_and_nothing_else_is_served()
    {
        using var browser = new PageBrowser(fixture.Host);
        var page = await browser.GetAsync("/sign-in");
        var sheet = Regex.Match(page.Html, "/assets/site\\.[0-9a-f]{12}\\.css").Value;

        using var found = await browser.Client.GetAsync(sheet);
        using var missing = await browser.Client.GetAsync("/assets/site.000000000000.css");
        using var outside = await browser.Client.GetAsync("/assets/..%2F..%2Fappsettings.json");

        Assert.Equal("text/css", found.Content.Headers.ContentType?.MediaType);
        Assert.Contains("immutable", found.Headers.CacheControl?.ToString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, outside.StatusCode);
    }

    [Fact]
    public async Task A_page_that_fails_says_so_with_the_id_by_which_the_operator_finds_it()
    {
        using var browser = new PageBrowser(fixture.Host);

        var page = await OpenAsync(browser, "/no-such-page", "en");

        Assert.Equal(HttpStatusCode.NotFound, page.Status);
        Assert.Contains(page.Header("X-Correlation-Id")!, page.Text, StringComparison.Ordinal);
    }

    // A browser says that it wants a page.
    private static async Task<VisitedPage> OpenAsync(PageBrowser browser, string path, string language)
    {
        if (browser.Client.DefaultRequestHeaders.Accept.Count == 0)
            browser.Client.DefaultRequestHeaders.Accept.ParseAdd("text/html");
        return await browser.GetAsync(path, language);
    }

    private int Weight(VisitedPage page) =>
        System.Text.Encoding.UTF8.GetByteCount(page.Html)
        + AssetPattern()
            .Matches(page.Html)
            .Select(static match => match.Groups["name"].Value + match.Groups["extension"].Value)
            .Distinct()
            .Sum(fixture.Service<AssetLibrary>().Weight);

    [GeneratedRegex("<h1[ >]")]
    private static partial Regex HeadingPattern();

    [GeneratedRegex("<(?:input|select)(?![^>]*(?:type=\"hidden\"|\\shidden))[^>]*\\sid=\"(?<id>[^\"]+)\"")]
    private static partial Regex ControlPattern();

    [GeneratedRegex("/assets/(?<name>[a-z]+)\\.[0-9a-f]{12}(?<extension>\\.[a-z]+)")]
    private static partial Regex AssetPattern();
}
