using System.Net;
using System.Text.RegularExpressions;
using Identity.Core.Administration;
using Identity.Core.Clients;
using Identity.Core.Denials;
using Identity.Testing;

namespace Identity.IntegrationTests.Admin;

/// <summary>Apps and scopes in the console.</summary>
public sealed partial class AppPagesTests(ConsoleFixture fixture) : IClassFixture<ConsoleFixture>
{
    [Fact]
    public async Task An_app_is_made_in_one_form_and_its_secret_is_shown_once_with_a_ready_snippet()
    {
        using var browser = await fixture.OperatorAsync();

        var made = await MakeAsync(browser, "one-form");
        var page = await browser.GetAsync("/admin/apps/app?id=one-form");

        var secret = SecretPattern().Match(made.Html).Groups[1].Value;
        Assert.Equal(43, secret.Length);
        Assert.True(
            ClientSecrets.Verify(
                fixture.Service<ClientRegistry>().Find("one-form")!,
                secret,
                TimeProvider.System.GetUtcNow()
            )
        );
        Assert.DoesNotContain(secret, page.Html, StringComparison.Ordinal);
        Assert.Contains("options.ClientId = \"one-form\";", page.Text, StringComparison.Ordinal);
        Assert.Contains("no-store", made.Header("Cache-Control"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_wrong_is_said_beside_its_field_and_what_was_typed_stays()
    {
        using var browser = await fixture.OperatorAsync();

        var answer = await browser.SubmitAsync(
            await browser.GetAsync("/admin/apps/new"),
            [
                ("Input.ClientId", "wrong"),
                ("Input.Profile", "Web"),
                ("Input.RedirectUris", "http://evil.example/cb"),
                ("Input.Scopes", "openid"),
            ]
        );

        Assert.Contains("is plain http on a host that is not loopback", answer.Text, StringComparison.Ordinal);
        Assert.Contains("http://evil.example/cb", answer.Html, StringComparison.Ordinal);
        Assert.Null(fixture.Service<ClientRegistry>().Find("wrong"));
    }

    [Fact]
    public async Task Every_property_can_be_edited_and_foreign_fields_change_nothing()
    {
        using var browser = await fixture.OperatorAsync();
        await MakeAsync(browser, "edited");
        var before = fixture.Service<ClientRegistry>().Find("edited")!;

        var form = await browser.GetAsync("/admin/apps/edit?id=edited");
        var saved = await browser.SubmitAsync(
            form,
            [
                ("p.AccessTokenLifetime", "00:05:00"),
                ("p.RedirectUris", "https://app.example/a\nhttps://app.example/b"),
                ("p.Secret", new string('x', 40)),
                ("p.Secrets", "[]"),
                ("p.ClientId", "other"),
                ("Source", "registration"),
            ]
        );
        var after = fixture.Service<ClientRegistry>().Find("edited")!;

        Assert.All(
            ClientProperties.All,
            property => Assert.Contains($"name=\"p.{property.Name}\"", form.Html, StringComparison.Ordinal)
        );
        Assert.StartsWith("/admin/apps/app?id=edited", saved.Location, StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromMinutes(5), after.AccessTokenLifetime);
        Assert.Equal(["https://app.example/a", "https://app.example/b"], after.RedirectUris);
        Assert.Equal(before.Secrets.Single().Sha256, after.Secrets.Single().Sha256);
        Assert.Equal(ClientSource.Administration, after.StoredBy);
        Assert.True(form.Html.Length < 51_200, $"{form.Html.Length} bytes");
    }

    [Fact]
    public async Task A_form_that_was_overtaken_is_told_so_and_changes_nothing()
    {
        using var browser = await fixture.OperatorAsync();
        await MakeAsync(browser, "overtaken");
        var first = await browser.GetAsync("/admin/apps/edit?id=overtaken");
        var second = await browser.GetAsync("/admin/apps/edit?id=overtaken");

        var saved = await browser.SubmitAsync(first, [("p.Name", "First")]);
        var stale = await browser.SubmitAsync(second, [("p.Name", "Second")]);

        Assert.Equal(HttpStatusCode.SeeOther, saved.Status);
        Assert.Equal(HttpStatusCode.Conflict, stale.Status);
        Assert.Equal("First", fixture.Service<ClientRegistry>().Find("overtaken")!.Name);
    }

    [Fact]
    public async Task A_refused_address_is_explained_and_allowed_after_a_fresh_proof_only()
    {
        var user = await fixture.HolderAsync(AdminRole.Admin);
        using var browser = await fixture.SignedInAsync(user);
        await MakeAsync(browser, "refused");
        await fixture
            .Service<DenialStore>()
            .SaveAsync(
                new(
                    Guid.NewGuid().ToString("N"),
                    TimeProvider.System.GetUtcNow(),
                    "authorize",
                    "ValidateRedirectUri",
                    "invalid_request",
                    "The redirect_uri is not registered.",
                    "refused",
                    "https://app.example/cb",
                    "https://app.example/cb2",
                    "https://app.example/cb\nhttps://app.example/cb2\n                      ^"
                ),
                default
            );
        var page = await browser.GetAsync("/admin/apps/app?id=refused");
        await AgeProofAsync(user.Id, "1 hour");

        var asked = await browser.SubmitAsync(page, [], "handler=Allow&id=refused");
        var still = fixture.Service<ClientRegistry>().Find("refused")!.RedirectUris;
        await AgeProofAsync(user.Id, "0 seconds");
        var allowed = await browser.SubmitAsync(page, [], "handler=Allow&id=refused");

        Assert.Contains("^", page.Text, StringComparison.Ordinal);
        Assert.StartsWith("/confirm-identity", asked.Location, StringComparison.Ordinal);
        Assert.Equal(["https://app.example/cb"], still);
        Assert.Contains("done=AddressAllowed", allowed.Location, StringComparison.Ordinal);
        Assert.Contains("https://app.example/cb2", fixture.Service<ClientRegistry>().Find("refused")!.RedirectUris);
    }

    [Fact]
    public async Task A_secret_is_rotated_and_the_app_removed_when_its_id_is_typed()
    {
        using var browser = await fixture.OperatorAsync();
        await MakeAsync(browser, "short-lived");
        var page = await browser.GetAsync("/admin/apps/app?id=short-lived");

        var rotated = await browser.SubmitAsync(page, [("hours", "1")], "handler=Rotate&id=short-lived");
        var mistyped = await browser.SubmitAsync(page, [("confirm", "other")], "handler=Remove&id=short-lived");
        var kept = fixture.Service<ClientRegistry>().Find("short-lived");
        var removed = await browser.SubmitAsync(page, [("confirm", "short-lived")], "handler=Remove&id=short-lived");

        Assert.Matches(SecretPattern(), rotated.Html);
        Assert.Equal(2, kept!.Secrets.Count);
        Assert.Null(mistyped.Location);
        Assert.Equal("/admin/apps?done=AppRemoved", removed.Location);
        Assert.Null(fixture.Service<ClientRegistry>().Find("short-lived"));
    }

    [Theory]
    [InlineData(AdminRole.Support, "/admin/apps", HttpStatusCode.Forbidden)]
    [InlineData(AdminRole.Auditor, "/admin/apps", HttpStatusCode.OK)]
    [InlineData(AdminRole.Auditor, "/admin/apps/new", HttpStatusCode.Forbidden)]
    [InlineData(AdminRole.Auditor, "/admin/scopes", HttpStatusCode.OK)]
    [InlineData(AdminRole.Auditor, "/admin/scopes/new", HttpStatusCode.Forbidden)]
    public async Task A_role_opens_what_it_allows(string role, string path, HttpStatusCode expected)
    {
        using var browser = await fixture.OperatorAsync(role);

        var page = await browser.GetAsync(path);

        Assert.Equal(expected, page.Status);
    }

    [Fact]
    public async Task A_form_from_elsewhere_changes_nothing()
    {
        using var browser = await fixture.OperatorAsync();
        await MakeAsync(browser, "guarded");
        using FormUrlEncodedContent forged = new([KeyValuePair.Create("confirm", "guarded")]);

        using var answer = await browser.Client.PostAsync("/admin/apps/app?handler=Remove&id=guarded", forged);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.NotNull(fixture.Service<ClientRegistry>().Find("guarded"));
    }

    [Fact]
    public async Task A_scope_is_made_changed_and_removed()
    {
        using var browser = await fixture.OperatorAsync();

        var made = await browser.SubmitAsync(
            await browser.GetAsync("/admin/scopes/new"),
            [("Input.Name", "orders:read"), ("Input.Resources", "https://orders.example")]
        );
        var edit = await browser.GetAsync("/admin/scopes/edit?name=orders%3Aread");
        var changed = await browser.SubmitAsync(edit, [("Input.DisplayName", "Read orders")]);
        var again = await browser.GetAsync("/admin/scopes/edit?name=orders%3Aread");
        var removed = await browser.SubmitAsync(again, [], "handler=Remove&name=orders%3Aread");

        Assert.Equal("/admin/scopes?done=ScopeMade", made.Location);
        Assert.Contains("https://orders.example", edit.Html, StringComparison.Ordinal);
        Assert.Equal("/admin/scopes?done=ScopeChanged", changed.Location);
        Assert.Contains("Read orders", again.Html, StringComparison.Ordinal);
        Assert.Equal("/admin/scopes?done=ScopeRemoved", removed.Location);
    }

    private static async Task<VisitedPage> MakeAsync(PageBrowser browser, string id) =>
        await browser.SubmitAsync(
            await browser.GetAsync("/admin/apps/new"),
            [
                ("Input.ClientId", id),
                ("Input.Profile", "Web"),
                ("Input.RedirectUris", "https://app.example/cb"),
                ("Input.Scopes", "openid\nprofile"),
            ]
        );

    private Task AgeProofAsync(Guid userId, string age) =>
        fixture.Database.ExecuteAsync(
            "UPDATE sessions SET auth_time = now() - @age::interval, step_up_at = NULL WHERE user_id = @id",
            ("age", age),
            ("id", userId)
        );

    [GeneratedRegex("<code dir=\"ltr\" data-copy>([A-Za-z0-9_-]{43})</code>")]
    private static partial Regex SecretPattern();
}
