using System.Net;
using Identity.Core.Administration;
using Identity.Core.Users;
using Identity.IntegrationTests.Pages;
using Identity.Testing;

namespace Identity.IntegrationTests.Admin;

/// <summary>A provider with people in it, some of whom hold administrative roles.</summary>
public sealed class ConsoleFixture : IAsyncLifetime
{
    private readonly PagesFixture _pages = new(
        new Dictionary<string, string?>
        {
            ["Identity:Scopes:reports:Resources:0"] = "https://reports.example",
            ["Identity:Scopes:ledger:Resources:0"] = "https://ledger.example",
            ["Identity:PersonalTokens:Enabled"] = "true",
            ["Identity:PersonalTokens:Scopes:0:Name"] = "reports",
            ["Identity:PersonalTokens:Scopes:1:Name"] = "ledger",
            ["Identity:PersonalTokens:Scopes:1:Role"] = "bookkeeper",
        }
    );

    public IdentityHost Host => _pages.Host;

    public TestDatabase Database => _pages.Database;

    public T Service<T>()
        where T : notnull => _pages.Service<T>();

    public Task InitializeAsync() => _pages.InitializeAsync();

    public Task DisposeAsync() => _pages.DisposeAsync();

    /// <summary>A person without any role.</summary>
    public Task<UserAccount> UserAsync(string? name = "Grace") => _pages.UserAsync(name);

    /// <summary>A person with an administrative role.</summary>
    public async Task<UserAccount> HolderAsync(string role)
    {
        var user = await _pages.UserAsync("Ada");
        await GrantAsync(user, role);
        return user;
    }

    /// <summary>A browser in which a person with that role is signed in.</summary>
    public async Task<PageBrowser> OperatorAsync(string role = AdminRole.Admin) =>
        await SignedInAsync(await HolderAsync(role));

    /// <summary>A browser in which that person is signed in, and which asks for pages.</summary>
    public async Task<PageBrowser> SignedInAsync(UserAccount user)
    {
        var browser = await _pages.SignedInAsync(user);
        browser.Client.DefaultRequestHeaders.Accept.ParseAdd("text/html");
        return browser;
    }

    public Task GrantAsync(UserAccount user, string role) => _pages.GrantAsync(user, role);

    /// <summary>The newest audit row of a type about a person: its details, as text.</summary>
    public Task<string?> AuditAsync(Guid userId, string type) =>
        Database.ScalarAsync<string?>(
            "SELECT details::text FROM audit_logs WHERE user_id = @id AND event_type = @type "
                + "ORDER BY created_at DESC LIMIT 1",
            ("id", userId),
            ("type", type)
        );

    /// <summary>How many mails of a kind a person was written.</summary>
    public Task<long> MailsAsync(Guid userId, string kind) =>
        Database.ScalarAsync<long>(
            "SELECT count(*) FROM idp.mail_outbox WHERE user_id = @id AND kind = @kind",
            ("id", userId),
            ("kind", kind)
        );
}
