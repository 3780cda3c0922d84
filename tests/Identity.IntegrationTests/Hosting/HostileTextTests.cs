using System.Net;
using System.Net.Http.Headers;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using Identity.IntegrationTests.Pages;
using Identity.Server.Pages.Shared;
using Identity.Server.Presentation;
using Identity.Testing;

namespace Identity.IntegrationTests.Hosting;

/// <summary>Bytes and characters that are no text, in forms of pages and of the protocol.</summary>
public sealed class HostileTextTests(PagesFixture fixture) : IClassFixture<PagesFixture>
{
    private const string FormType = "application/x-www-form-urlencoded";

    private static readonly string[] Paths =
    [
        "/sign-in",
        "/register",
        "/forgot-password",
        "/account/profile",
        "/device",
        "/connect/authorize",
        "/connect/token",
        "/connect/par",
        "/connect/end-session",
    ];

    [Theory]
    [InlineData("Input.Name=a%FFb")]
    [InlineData("Input.Name=a%ED%A0%80b")]
    [InlineData("Input.Name=a%00b")]
    [InlineData("Input.Name=a%01b")]
    [InlineData("Input.Name=a%EF%BF%BEb")]
    [InlineData("Input.Name=a%EF%B7%90b")]
    [InlineData("Input.Name=a%F4%8F%BF%BFb")]
    [InlineData("a%ED%A0%80b=1")]
    [InlineData("a=%")]
    [InlineData("a=%4")]
    [InlineData("a=%zz")]
    public async Task A_form_with_what_is_no_text_is_refused_with_400(string form)
    {
        foreach (var path in Paths)
        {
            var (status, _) = await PostAsync(path, Encoding.ASCII.GetBytes(form), FormType);
            // Nobody is signed in, which is asked before the form is looked at.
            var expected =
                path.StartsWith("/account", StringComparison.Ordinal)
                && form.StartsWith("Input.", StringComparison.Ordinal)
                    ? HttpStatusCode.SeeOther
                    : HttpStatusCode.BadRequest;
            Assert.Equal((path, expected), (path, status));
        }
    }

    [Theory]
    [InlineData(new byte[] { (byte)'a', (byte)'=', 0xFF })]
    [InlineData(new byte[] { (byte)'a', (byte)'=', 0xED, 0xA0, 0x80 })]
    [InlineData(new byte[] { 0xFE, 0xFF, (byte)'a', (byte)'=' })]
    [InlineData(new byte[] { (byte)'a', (byte)'=', 0x00 })]
    public async Task Raw_bytes_that_are_no_UTF_8_are_refused_with_400(byte[] form)
    {
        foreach (var path in Paths)
        {
            var (status, _) = await PostAsync(path, form, FormType);
            Assert.Equal((path, HttpStatusCode.BadRequest), (path, status));
        }
    }

    [Theory]
    [InlineData(FormType + "; charset=utf-7")]
    [InlineData(FormType + "; charset=\"utf-7\"")]
    [InlineData(FormType + "; charset=utf-16")]
    [InlineData(FormType + "; charset=unheard-of")]
    [InlineData(FormType + "; charset=ibm037")]
    [InlineData("multipart/form-data; boundary=x; charset=utf-7")]
    [InlineData("multipart/form-data")]
    [InlineData("application/json; charset=utf-7")]
    public async Task An_odd_charset_or_kind_of_form_is_refused(string type)
    {
        foreach (var path in Paths)
        {
            var (status, _) = await PostAsync(path, "a=b"u8.ToArray(), type);
            Assert.True(
                status is HttpStatusCode.BadRequest or HttpStatusCode.UnsupportedMediaType,
                $"{path} {type}: {(int)status}"
            );
        }
    }

    [Theory]
    [InlineData(FormType)]
    [InlineData(FormType + ";charset=UTF-8")]
    [InlineData(FormType + "; charset=\"utf-8\"")]
    [InlineData(FormType + "; charset=ISO-8859-1")]
    public async Task Charsets_that_libraries_send_are_taken_and_escapes_are_UTF_8(string type)
    {
        using var client = fixture.Host.CreateClient();
        using ByteArrayContent content = new("grant_type=nothing&client_id=shop&x=%C3%BC"u8.ToArray());
        content.Headers.TryAddWithoutValidation("Content-Type", type);

        using var answer = await client.PostAsync("/connect/token", content);

        Assert.Contains("unsupported_grant_type", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Input.Email", "a\uFFFEb@example.org")]
    [InlineData("Input.Password", "Correct-Horse-7-\uFFFF")]
    [InlineData("Input.Password", "Correct-Horse-7-\t")]
    [InlineData("Input.Name", "Ada\u0007")]
    [InlineData("returnUrl", "/account\u0001")]
    public async Task A_person_is_told_in_a_sentence_what_to_do(string field, string value)
    {
        using PageBrowser browser = new(fixture.Host);
        var page = await browser.GetAsync("/register");

        var answer = await browser.SubmitAsync(page, [("Input.Email", "a@example.org"), (field, value)]);
        using var asked = new HttpRequestMessage(HttpMethod.Post, "/register")
        {
            Content = new FormUrlEncodedContent([KeyValuePair.Create(field, value)]),
            Headers = { Accept = { new MediaTypeWithQualityHeaderValue("text/html") } },
        };
        using var shown = await browser.Client.SendAsync(asked);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains(
            "contains a character that",
            WebUtility.HtmlDecode(await shown.Content.ReadAsStringAsync()),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("/sign-in", "Input.Email")]
    [InlineData("/sign-in", "Input.Password")]
    [InlineData("/register", "Input.Name")]
    [InlineData("/register", "Input.NewPassword")]
    [InlineData("/forgot-password", "Input.Email")]
    [InlineData("/check-mail", "Input.Email")]
    public async Task The_form_comes_back_with_the_sentence_beside_its_field(string path, string field)
    {
        using PageBrowser browser = new(fixture.Host);

        await ComesBackAsync(browser, path, field);
    }

    [Theory]
    [InlineData("/account/profile", "Input.Name")]
    [InlineData("/account/email", "Input.Email")]
    [InlineData("/account/password", "Input.CurrentPassword")]
    [InlineData("/account/delete", "Input.Email")]
    [InlineData("/account/two-factor/set-up", "Input.Code")]
    [InlineData("/confirm-identity", "Input.Password")]
    public async Task So_does_a_form_of_the_account_and_nothing_is_changed(string path, string field)
    {
        var user = await fixture.UserAsync("Ada");
        using var browser = await fixture.SignedInAsync(user);

        await ComesBackAsync(browser, path, field);

        Assert.Equal(
            "Ada",
            await fixture.Database.ScalarAsync<string>("SELECT name FROM users WHERE id = @id", ("id", user.Id))
        );
    }

    [Fact]
    public void No_page_with_a_form_that_people_fill_in_forgets_to_show_it_again()
    {
        Type[] pages =
        [
            .. typeof(HostedPage)
                .Assembly.GetTypes()
                .Where(static type => type.IsSubclassOf(typeof(HostedPage)) && type.GetProperty("Input") is not null),
        ];

        Assert.True(pages.Length > 10);
        Assert.All(
            pages,
            static page =>
                Assert.NotEqual(
                    typeof(LocalizedPage),
                    page.GetMethod("ShowAgainAsync", BindingFlags.Instance | BindingFlags.NonPublic)!.DeclaringType
                )
        );
    }

    [Fact]
    public async Task A_name_that_was_saved_before_the_rule_does_not_stop_a_change_of_password()
    {
        var user = await fixture.UserAsync("Ada");
        await fixture.Database.ExecuteAsync(
            "UPDATE public.users SET name = 'Ada' || U&'\\FFFE' WHERE id = @id",
            ("id", user.Id)
        );
        using var browser = await fixture.SignedInAsync(user);
        var page = await browser.GetAsync("/account/password");

        var answer = await browser.SubmitAsync(
            page,
            [
                ("Input.Current", PagesFixture.Password),
                ("Input.CurrentPassword", PagesFixture.Password),
                ("Input.Password", "Quiet-Meadow-9-lantern"),
                ("Input.New", "Quiet-Meadow-9-lantern"),
                ("Input.NewPassword", "Quiet-Meadow-9-lantern"),
            ]
        );

        Assert.Equal(HttpStatusCode.SeeOther, answer.Status);
    }

    private static async Task ComesBackAsync(PageBrowser browser, string path, string field)
    {
        foreach (var unsound in (string[])["a\uFFFEb", "a\u0001b", "a\tb", "a\uFFFDb"])
        {
            var page = await browser.GetAsync(path);

            var back = await browser.SubmitAsync(page, [(field, unsound)]);

            Assert.Equal((path, HttpStatusCode.BadRequest), (back.Address.AbsolutePath, back.Status));
            var error = new Regex($"id=\"{field.Replace('.', '_')}-error\"[^>]*>([^<]*)<").Match(back.Html);
            Assert.Contains(
                "contains a character that can’t be used",
                WebUtility.HtmlDecode(error.Groups[1].Value),
                StringComparison.Ordinal
            );
            Assert.NotEmpty(back.MainForm.Fields);
            Assert.DoesNotContain("server_error", back.Html, StringComparison.Ordinal);
        }
    }

    private async Task<(HttpStatusCode Status, string Body)> PostAsync(string path, byte[] body, string type)
    {
        using var client = fixture.Host.CreateClient();
        using ByteArrayContent content = new(body);
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        using var answer = await client.PostAsync(path, content);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }
}
