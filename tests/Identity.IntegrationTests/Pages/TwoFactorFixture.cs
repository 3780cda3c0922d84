using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Passwords;
using Identity.Core.Primitives;
using Identity.Core.Users;
using Identity.Testing;
using Microsoft.Extensions.DependencyInjection;
using OtpNet;

namespace Identity.IntegrationTests.Pages;

/// <summary>Two instances of one provider, and people with a second factor.</summary>
public sealed partial class TwoFactorFixture : IAsyncLifetime
{
    private TestDatabase? _database;
    private IdentityHost? _one;
    private IdentityHost? _two;

    public TestDatabase Database => _database!;

    public IdentityHost One => _one!;

    public IdentityHost Two => _two!;

    public async Task InitializeAsync()
    {
        _database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        Dictionary<string, string?> settings = new(TestClients.Settings)
        {
            ["Identity:Keys:MasterKey"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)),
        };
        _one = await IdentityHost.StartAsync(Database, settings);
        // The second instance is the one that allows mailed codes in the place of a second factor.
        settings["Identity:Recovery:MailCodeAsSecondFactor"] = "true";
        _two = await IdentityHost.StartAsync(Database, settings);
    }

    public async Task DisposeAsync()
    {
        await One.DisposeAsync();
        await Two.DisposeAsync();
        await Database.DisposeAsync();
    }

    public async Task<UserAccount> UserAsync()
    {
        Assert.True(PlainTextPassword.TryCreate(PagesFixture.Password, out var password));
        var hash = One.Services.GetRequiredService<PasswordHasher>().Hash(password);
        var user = (
            await One
                .Services.GetRequiredService<Database>()
                .InTransactionAsync(
                    (transaction, cancel) =>
                        One
                            .Services.GetRequiredService<UserStore>()
                            .CreateAsync(
                                transaction,
                                new(
                                    EmailAddress.Parse($"person-{Guid.NewGuid():N}@example.org"),
                                    hash,
                                    null,
                                    IsVerified: true
                                ),
                                new RequestContext(null, null, null),
                                cancel
                            ),
                    default
                )
        )!;
        return user;
    }

    /// <summary>Sets up the second factor through the pages. The session of that browser goes on.</summary>
    public static async Task<Enrolled> EnrolAsync(
        PageBrowser browser,
        UserAccount user,
        string path = "/account/two-factor/set-up"
    )
    {
        var page = await browser.GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, page.Status);
        var key = Base32Encoding.ToBytes(
            ManualKey().Match(page.Html).Groups[1].Value.Replace(" ", "", StringComparison.Ordinal)
        );
        var code = Code(key);
        var confirmed = await browser.SubmitAsync(page, [("Input.Code", code)]);
        Assert.Equal(HttpStatusCode.SeeOther, confirmed.Status);
        var shown = await browser.GetAsync(confirmed.Location!);
        return new(
            user,
            key,
            code,
            [.. RecoveryCode().Matches(shown.Text).Select(static match => match.Value).Distinct()],
            shown
        );
    }

    /// <summary>A person whose second factor is set up, and no code of it used.</summary>
    public async Task<Enrolled> EnrolledAsync()
    {
        var user = await UserAsync();
        using var browser = new PageBrowser(One);
        await browser.SignInAsync(user.Email, PagesFixture.Password);
        var enrolled = await EnrolAsync(browser, user);
        await ForgetStepAsync(user);
        return enrolled;
    }

    /// <summary>As if half a minute had passed: the code at hand works again.</summary>
    public Task ForgetStepAsync(UserAccount user) =>
        Database.ExecuteAsync("UPDATE users SET two_factor_last_step = NULL WHERE id = @id", ("id", user.Id));

    public Task AgeAsync(UserAccount user) =>
        Database.ExecuteAsync(
            "UPDATE sessions SET auth_time = now() - interval '10 minutes', step_up_at = NULL WHERE user_id = @id AND "
                + "is_active",
            ("id", user.Id)
        );

    public Task<string?> MethodsAsync(UserAccount user) =>
        Database.ScalarAsync<string>(
            "SELECT array_to_string(ARRAY (SELECT unnest(amr) ORDER BY 1), ' ') || ' ' || coalesce(acr, 'none') FROM "
                + "sessions WHERE user_id = @id AND is_active ORDER BY created_at DESC LIMIT 1",
            ("id", user.Id)
        );

    public Task<long> SessionsAsync(UserAccount user) =>
        Database.ScalarAsync<long>("SELECT count(*) FROM sessions WHERE user_id = @id AND is_active", ("id", user.Id));

    public static string Code(byte[] key) => new Totp(key).ComputeTotp(TimeProvider.System.GetUtcNow().UtcDateTime);

    /// <summary>Six digits that are none of the codes around now.</summary>
    public static string WrongCode(byte[] key)
    {
        var near = Enumerable
            .Range(-3, 7)
            .Select(step =>
                new Totp(key).ComputeTotp(TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(step * 30))
            )
            .ToHashSet();
        return Enumerable
            .Range(100_000, 10)
            .Select(static number => number.ToString(CultureInfo.InvariantCulture))
            .First(code => !near.Contains(code));
    }

    [GeneratedRegex("<code id=\"key\"[^>]*>([A-Z2-7 ]+)</code>")]
    private static partial Regex ManualKey();

    [GeneratedRegex("[0-9A-Z]{5}(-[0-9A-Z]{5}){3}")]
    private static partial Regex RecoveryCode();

    /// <summary>A person, the secret of their app, the code that ended the set-up, their recovery codes, and the page
    /// that showed them.</summary>
    public sealed record Enrolled(
        UserAccount User,
        byte[] Key,
        string UsedCode,
        string[] RecoveryCodes,
        VisitedPage CodesPage
    );
}
