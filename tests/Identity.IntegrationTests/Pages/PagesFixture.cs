using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Passwords;
using Identity.Core.Primitives;
using Identity.Core.Users;
using Identity.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.IntegrationTests.Pages;

/// <summary>One host over one database for the tests of a class, and people to sign in as.</summary>
public sealed class PagesFixture : IAsyncLifetime
{
    public const string Password = "Correct-Horse-7-battery";
    private TestDatabase? _database;
    private IdentityHost? _host;

    public TestDatabase Database => _database!;

    public IdentityHost Host => _host!;

    public PasswordHasher Hasher => Host.Services.GetRequiredService<PasswordHasher>();

    public async Task InitializeAsync()
    {
        _database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        _host = await IdentityHost.StartAsync(_database);
    }

    public async Task DisposeAsync()
    {
        await Host.DisposeAsync();
        await Database.DisposeAsync();
    }

    /// <summary>An account with <see cref="Password"/>.</summary>
    public async Task<UserAccount> UserAsync(string? name = null)
    {
        var email = EmailAddress.Parse($"person-{Guid.NewGuid():N}@example.org");
        Assert.True(PlainTextPassword.TryCreate(Password, out var password));
        var hash = Hasher.Hash(password);
        var users = Host.Services.GetRequiredService<UserStore>();
        return (await Host.Services.GetRequiredService<Database>().InTransactionAsync(
            (transaction, cancel) => users.CreateAsync(transaction, email, hash, name, new RequestContext(null, null, null), cancel), default))!;
    }

    /// <summary>A browser in which that person is signed in.</summary>
    public async Task<PageBrowser> SignedInAsync(UserAccount user)
    {
        var browser = new PageBrowser(Host);
        var answer = await browser.SignInAsync(user.Email, Password);
        Assert.Equal(System.Net.HttpStatusCode.SeeOther, answer.Status);
        return browser;
    }
}
