using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Identity.Core.Administration;
using Identity.Core.Recovery;
using Identity.Core.Webhooks;
using Identity.IntegrationTests.Pages;
using Identity.Testing;

namespace Identity.IntegrationTests.Admin;

/// <summary>Every form of every page, field by field, with text that no person types: it is answered with 2xx, 3xx or
/// 4xx, and none of it is stored where it was refused.</summary>
public sealed partial class HostileFormTests(ConsoleFixture fixture) : IClassFixture<ConsoleFixture>
{
    // Refused whole, before any page reads it.
    private static readonly string[] Unsound =
    [
        "Zqno%00",
        "Zqno%ED%A0%80",
        "Zqno%EF%BF%BE",
        "Zqno" + new string('x', 1024 * 1024),
    ];

    // Text, but longer, in more lines or in the other direction than a field expects.
    private static readonly string[] Odd =
    [
        "Zqodd%E2%80%AE%E2%81%A6x",
        "Zqodd%0D%0ASet-Cookie: x=1",
        "Zqno" + new string('x', 20_000),
        "%27%22%3E%3Cscript%3EZqodd",
    ];

    [Fact]
    public async Task A_form_for_strangers()
    {
        using PageBrowser stranger = new(fixture.Host);

        await DriveAsync(() => Task.FromResult(stranger), "/sign-in", "/register", "/forgot-password", "/check-mail");
    }

    [Fact]
    public async Task The_form_behind_a_mailed_link()
    {
        var person = await fixture.UserAsync();
        using PageBrowser stranger = new(fixture.Host);
        await fixture
            .Service<PasswordRecovery>()
            .RequestAsync(person.Email, "en", Rooms.Stranger, CancellationToken.None);
        await stranger.FollowAsync(await stranger.GetAsync(await LinkAsync(person.Email)));

        await DriveAsync(() => Task.FromResult(stranger), "/reset-password");
    }

    [Fact]
    public async Task The_second_factor_of_a_sign_in()
    {
        var person = await fixture.UserAsync();
        await fixture.Database.ExecuteAsync(
            "UPDATE users SET two_factor_enabled = true WHERE id = @id",
            ("id", person.Id)
        );
        using PageBrowser browser = new(fixture.Host);

        await DriveAsync(
            async () =>
            {
                await browser.SignInAsync(person.Email, PagesFixture.Password);
                return browser;
            },
            "/two-factor"
        );
    }

    [Theory]
    [InlineData("/account/profile", "/account/email", "/account/delete", "/device", "/account/external")]
    [InlineData("/account/password", "/account/two-factor/set-up", "/account/two-factor", "/account/passkeys")]
    [InlineData("/sign-in/passkey")]
    [InlineData("/confirm-identity", "/account/sessions", "/account/apps", "/account/requests", "/account/activity")]
    public async Task A_form_of_the_account(params string[] pages)
    {
        using var browser = await fixture.SignedInAsync(await fixture.UserAsync());

        await DriveAsync(() => Task.FromResult(browser), pages);
    }

    [Theory]
    [InlineData("/admin/people", "/admin/people/new", "/admin/people/{person}", "/admin/people/{person}/profile")]
    [InlineData("/admin/people/{person}/activity", "/admin/groups", "/admin/groups/{group}", "/admin/roles")]
    [InlineData("/admin/roles/{role}", "/admin/apps", "/admin/apps/new", "/admin/apps/app?id={name}")]
    [InlineData("/admin/apps/edit?id={name}")]
    [InlineData("/admin/scopes/new", "/admin/scopes/edit?name={name}", "/admin/audit", "/admin/denials")]
    [InlineData("/admin/webhooks/new", "/admin/webhooks/edit?id={webhook}", "/admin/webhooks/webhook?id={webhook}")]
    [InlineData("/admin/mail", "/admin/deliveries", "/admin/keys", "/admin/settings", "/admin/second-factor")]
    public async Task A_form_of_the_console(params string[] pages)
    {
        using var admin = await fixture.OperatorAsync();
        var person = await fixture.UserAsync();
        var name = $"n{Guid.NewGuid():N}";
        var group = (await admin.SubmitAsync(await admin.GetAsync("/admin/groups"), [("Input.Name", name)])).Location;
        var role = (await admin.SubmitAsync(await admin.GetAsync("/admin/roles"), [("Input.Name", name)])).Location;
        await admin.SubmitAsync(
            await admin.GetAsync("/admin/apps/new"),
            [
                ("Input.ClientId", name),
                ("Input.Profile", "Web"),
                ("Input.RedirectUris", "https://app.example/cb"),
                ("Input.Scopes", "openid"),
            ]
        );
        await admin.SubmitAsync(await admin.GetAsync("/admin/scopes/new"), [("Input.Name", name)]);
        var webhook = await fixture
            .Service<WebhookAdministration>()
            .AddAsync(
                OperatorSteps.Everything,
                new("https://app.example/hook", null, ["client.deleted"]),
                Rooms.Stranger,
                default
            );

        await DriveAsync(
            () => Task.FromResult(admin),
            [
                .. pages.Select(page =>
                    page.Replace("{person}", person.Id.ToString(), StringComparison.Ordinal)
                        .Replace("{name}", name, StringComparison.Ordinal)
                        .Replace("{webhook}", Secret(webhook).Id.ToString(), StringComparison.Ordinal)
                        .Replace("/admin/groups/{group}", group, StringComparison.Ordinal)
                        .Replace("/admin/roles/{role}", role, StringComparison.Ordinal)
                ),
            ]
        );
    }

    private static WebhookSecret Secret(AdminOutcome<WebhookSecret> made) =>
        Assert.IsType<AdminOutcome<WebhookSecret>.Done>(made).Value;

    private async Task DriveAsync(Func<Task<PageBrowser>> enter, params string[] pages)
    {
        List<string> wrong = [];
        var sent = 0;
        foreach (var path in pages)
        {
            var browser = await enter();
            var page = await browser.GetAsync(path);
            Assert.Equal((path, HttpStatusCode.OK), (path, page.Status));
            foreach (var form in page.Forms.Where(static form => !form.Action.Contains("handler=Language")))
            {
                var fields = FieldsOf(page.Html, form);
                foreach (var (only, text) in Variants(fields))
                {
                    sent++;
                    using var answer = await SendAsync(browser, page.Address, form, fields, only, text);
                    var status = answer is null ? 400 : (int)answer.StatusCode;
                    if (status is < 200 or >= 500)
                        wrong.Add($"{path} {form.Action} {only} {text[..Math.Min(text.Length, 40)]}: {status}");
                }
            }
        }

        Assert.Empty(wrong);
        Assert.True(sent > 0, string.Join(' ', pages));
        Assert.Empty(await HoldersAsync("Zqno"));
    }

    // All fields at once with what the gate refuses; one field with the rest as it stands with what a page judges.
    private static IEnumerable<(string? Only, string Text)> Variants(IReadOnlyList<(string Name, string Value)> fields)
    {
        string[] names = [.. fields.Select(static field => field.Name).Where(IsTyped).Distinct()];
        if (names.Length == 0)
            return [];
        return Unsound
            .Select(static text => ((string?)null, text))
            .Concat(names.SelectMany(static name => Odd.Select(text => ((string?)name, text))));
    }

    private static bool IsTyped(string name) => name != "__RequestVerificationToken";

    // The raw body, for no client library writes what is no text. Null where the server hung up on a long body.
    private static async Task<HttpResponseMessage?> SendAsync(
        PageBrowser browser,
        Uri address,
        PageForm form,
        IReadOnlyList<(string Name, string Value)> fields,
        string? only,
        string text
    )
    {
        var body = string.Join(
            '&',
            fields.Select(field =>
                $"{Uri.EscapeDataString(field.Name)}="
                + (
                    IsTyped(field.Name) && (only is null || only == field.Name)
                        ? text
                        : Uri.EscapeDataString(field.Value)
                )
            )
        );
        var isPost = form.Method == "post";
        Uri target = new(address, form.Action);
        using HttpRequestMessage request = new(
            isPost ? HttpMethod.Post : HttpMethod.Get,
            isPost ? target : new Uri($"{target.GetLeftPart(UriPartial.Path)}?{body[..Math.Min(body.Length, 6_000)]}")
        );
        if (isPost)
            request.Content = new StringContent(body, Encoding.ASCII, "application/x-www-form-urlencoded");
        try
        {
            return await browser.Client.SendAsync(request);
        }
        catch (HttpRequestException closed) when (closed.HttpRequestError != HttpRequestError.ConnectionError)
        {
            return null;
        }
    }

    // What stands in the form, areas and selections included.
    private static List<(string Name, string Value)> FieldsOf(string html, PageForm form)
    {
        List<(string, string)> fields = [.. form.Fields];
        var start = html.IndexOf($"action=\"{WebUtility.HtmlEncode(form.Action)}\"", StringComparison.Ordinal);
        if (start < 0)
            return fields;
        var end = html.IndexOf("</form>", start, StringComparison.Ordinal);
        fields.AddRange(
            AreaPattern().Matches(html[start..end]).Select(static match => (match.Groups["name"].Value, "1"))
        );
        return fields;
    }

    private async Task<IReadOnlyList<string>> HoldersAsync(string marker)
    {
        var tables = await fixture.Database.ScalarAsync<string[]>(
            "SELECT array_agg(format('%I.%I', schemaname, tablename)) FROM pg_tables "
                + "WHERE schemaname IN ('public', 'idp')"
        );
        List<string> holders = [];
        foreach (var table in tables!)
        {
            var row = await fixture.Database.ScalarAsync<string?>(
                $"SELECT left(t::text, 400) FROM {table} t WHERE t::text LIKE @marker LIMIT 1",
                ("marker", $"%{marker}%")
            );
            if (row is not null)
                holders.Add($"{table}: {row}");
        }
        return holders;
    }

    private async Task<string> LinkAsync(string email)
    {
        var mails = await fixture.Service<Identity.Core.Mail.MailboxReader>().ListAsync(50, default);
        var text = mails.First(mail => mail.Content.To == email).Content.Text;
        return new Uri(LinkPattern().Match(text).Value).PathAndQuery;
    }

    [GeneratedRegex(@"http\S+\?token=\S+")]
    private static partial Regex LinkPattern();

    [GeneratedRegex("<(textarea|select)[^>]*\\sname=\"(?<name>[^\"]+)\"")]
    private static partial Regex AreaPattern();
}
