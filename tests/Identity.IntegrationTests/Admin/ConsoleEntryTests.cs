using System.Net;
using System.Reflection;
using Identity.Core.Administration;
using Identity.Server.Admin.Console;
using Identity.Testing;

namespace Identity.IntegrationTests.Admin;

/// <summary>Who comes into the console, and into which of its handlers.</summary>
public sealed class ConsoleEntryTests(ConsoleFixture fixture) : IClassFixture<ConsoleFixture>
{
    [Fact]
    public async Task A_stranger_is_sent_to_sign_in_and_back()
    {
        using PageBrowser browser = new(fixture.Host);

        var answer = await browser.GetAsync("/admin?from=mail");

        Assert.Equal("/sign-in?returnUrl=%2Fadmin%3Ffrom%3Dmail", answer.Location);
    }

    [Theory]
    [InlineData("/admin")]
    [InlineData("/admin/second-factor")]
    public async Task Whoever_holds_no_administrative_role_finds_nothing(string path)
    {
        using var browser = await fixture.SignedInAsync(await fixture.UserAsync());

        var page = await browser.GetAsync(path);
        var account = await browser.GetAsync("/account");

        Assert.Equal(HttpStatusCode.NotFound, page.Status);
        Assert.DoesNotContain("/admin", page.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("href=\"/admin\"", account.Html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(AdminRole.Admin)]
    [InlineData(AdminRole.Support)]
    [InlineData(AdminRole.Auditor)]
    public async Task The_menu_leads_to_what_the_operator_may_see_and_to_nothing_else(string role)
    {
        using var browser = await fixture.OperatorAsync(role);
        var permissions = AdminRole.PermissionsOf(role, []);

        var overview = await browser.GetAsync("/admin");

        foreach (var entry in ConsoleNavigation.Entries)
        {
            var may = entry.Permission is not { } needed || permissions.Contains(needed);
            var page = await browser.GetAsync(entry.Path);
            Assert.Equal(may, overview.Html.Contains($"href=\"{entry.Path}\"", StringComparison.Ordinal));
            Assert.Equal(may ? HttpStatusCode.OK : HttpStatusCode.Forbidden, page.Status);
        }
    }

    [Fact]
    public async Task The_account_leads_an_operator_to_the_console()
    {
        using var browser = await fixture.OperatorAsync(AdminRole.Auditor);

        var account = await browser.GetAsync("/account");

        Assert.Contains("href=\"/admin\"", account.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_role_that_was_withdrawn_ends_at_the_next_request()
    {
        var user = await fixture.HolderAsync(AdminRole.Auditor);
        using var browser = await fixture.SignedInAsync(user);
        var before = await browser.GetAsync("/admin");

        await fixture.Database.ExecuteAsync("DELETE FROM idp.user_roles WHERE user_id = @id", ("id", user.Id));
        var after = await browser.GetAsync("/admin");

        Assert.Equal(HttpStatusCode.OK, before.Status);
        Assert.Equal(HttpStatusCode.NotFound, after.Status);
    }

    [Fact]
    public async Task A_handler_that_does_not_exist_shows_nothing()
    {
        using var browser = await fixture.OperatorAsync();
        var page = await browser.GetAsync("/admin");
        var language = page.Forms.Single(form => form.Action.EndsWith("handler=Language", StringComparison.Ordinal));
        using HttpRequestMessage request = new(HttpMethod.Post, "/admin?handler=NoSuchThing")
        {
            Content = new FormUrlEncodedContent(
                language.Fields.Select(field => KeyValuePair.Create(field.Name, field.Value))
            ),
        };

        using var answer = await browser.Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public void Every_handler_names_exactly_one_permission()
    {
        var handlers = typeof(ConsolePage)
            .Assembly.GetTypes()
            .Where(type => type.IsSubclassOf(typeof(ConsolePage)))
            .SelectMany(type =>
                type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            )
            .Where(method => method.Name.StartsWith("On", StringComparison.Ordinal) && !method.IsVirtual)
            .ToArray();

        Assert.NotEmpty(handlers);
        Assert.All(
            handlers,
            handler =>
            {
                var permission = handler.GetCustomAttribute<PermissionAttribute>();
                var open = handler.GetCustomAttribute<AnyOperatorAttribute>();
                Assert.True((permission is null) != (open is null), $"{handler.DeclaringType}.{handler.Name}");
                if (permission is not null)
                    Assert.NotNull(AdminPermission.Find(permission.Name));
            }
        );
    }

    [Theory]
    [InlineData("internal.example", HttpStatusCode.SeeOther)]
    [InlineData("localhost", HttpStatusCode.NotFound)]
    public async Task The_console_answers_only_on_the_host_names_that_are_listed(string host, HttpStatusCode expected)
    {
        await using var database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        await using var provider = await IdentityHost.StartAsync(
            database,
            new Dictionary<string, string?> { ["Identity:Admin:Hosts:0"] = "internal.example" }
        );
        using HttpRequestMessage request = new(HttpMethod.Get, "/admin") { Headers = { Host = host } };
        using var client = provider.CreateClient();

        using var answer = await client.SendAsync(request);

        Assert.Equal(expected, answer.StatusCode);
    }
}
