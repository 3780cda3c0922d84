using System.Diagnostics;
using System.Net;
using Identity.Core.Detection;
using Identity.Core.Passwords;
using Identity.Core.Primitives;
using Identity.Core.Users;
using Identity.IntegrationTests.Pages;
using Identity.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Identity.IntegrationTests.Risk;

/// <summary>Stolen passwords are tried on 200 accounts from 50 addresses, over real HTTP, while the provider
/// runs.</summary>
public sealed class StuffingTests : IAsyncLifetime
{
    private const int Addresses = 50;
    private const int AccountsOfAddress = 4;
    private const int Count = (Addresses * AccountsOfAddress) + 1;
    private static readonly IPAddress Home = IPAddress.Parse("127.0.0.1");

    // Hashing is slow on purpose, and is not what this test is about. No hash may be stored at the usual cost: every
    // comparison costs as much as the costliest stored hash.
    private readonly PasswordHasher _cheap = new(Options.Create(new PasswordOptions { HashCost = 4 }));
    private readonly PagesFixture _fixture;

    public StuffingTests() =>
        _fixture = new(
            new() { ["Identity:Risk:Enabled"] = "true", ["Identity:Detection:Interval"] = "00:00:01" },
            services => services.AddSingleton(_cheap)
        );

    public Task InitializeAsync() => _fixture.InitializeAsync();

    public Task DisposeAsync() => _fixture.DisposeAsync();

    [Fact]
    public async Task RK_7_an_attack_is_seen_within_a_minute_a_right_password_is_not_enough_and_owners_get_in()
    {
        var emails = await AccountsAsync();
        var protectedOne = (
            await _fixture.Service<UserStore>().FindByEmailAsync(EmailAddress.Parse(emails[^1]), default)
        )!;
        using var home = new PageBrowser(_fixture.Host, Home);
        await home.SignInAsync(protectedOne.Email, PagesFixture.Password);
        var enrolled = await TwoFactorFixture.EnrolAsync(home, protectedOne);
        var started = Stopwatch.GetTimestamp();

        // The last account of each tenth address has the password that was stolen.
        await Parallel.ForAsync(
            0,
            Addresses,
            new ParallelOptions { MaxDegreeOfParallelism = 8 },
            async (n, _) => await AttackAsync(n, emails)
        );
        var alert = await AlertAsync(started);
        using PageBrowser neighbour = new(_fixture.Host, AddressOf(1));
        var password = await neighbour.SignInAsync(protectedOne.Email, PagesFixture.Password);
        var entered = await neighbour.SubmitAsync(
            await neighbour.GetAsync("/two-factor?recovery=true"),
            [("Input.RecoveryCode", enrolled.RecoveryCodes[0])]
        );

        Assert.InRange(alert.Value, 101, Addresses * AccountsOfAddress);
        Assert.Equal(("/two-factor", "/account"), (password.Location, entered.Location));
        Assert.Equal(0L, await CountAsync("sessions WHERE host(ip_address) LIKE '127.0.7.%' AND acr = 'aal1'"));
        Assert.Equal(
            5L,
            await CountAsync("audit_logs WHERE event_type = 'sign_in_risk' AND details ->> 'step' = 'second_factor'")
        );
        Assert.Equal(0L, await CountAsync("users WHERE account_locked_until > now()"));
    }

    private async Task AttackAsync(int n, string[] emails)
    {
        using PageBrowser browser = new(_fixture.Host, AddressOf(n));
        var page = await browser.GetAsync("/sign-in");
        for (var i = 0; i < AccountsOfAddress; i++)
        {
            var isStolen = n % 10 == 0 && i == AccountsOfAddress - 1;
            var answer = await browser.SubmitAsync(
                page,
                [
                    ("Input.Email", emails[(n * AccountsOfAddress) + i]),
                    ("Input.Password", isStolen ? PagesFixture.Password : $"Guess-{n}-{i}-of-many"),
                ]
            );
            Assert.Equal(isStolen ? "/confirm-sign-in" : null, answer.Location);
            if (isStolen)
                await ExplainsAsync(answer.Header("X-Correlation-Id")!);
        }
    }

    private async Task ExplainsAsync(string id)
    {
        var denial = await RiskFixture.DenialAsync(_fixture, id);

        Assert.Equal("60: new_device (20), failing_address (40)", denial.Received);
        Assert.Equal("second_factor_required", denial.Error);
    }

    private async Task<Alert> AlertAsync(long started)
    {
        while (true)
        {
            var open = await _fixture.Service<AlertStore>().ListAsync(openOnly: true, null, 100, default);
            if (open.FirstOrDefault(static alert => alert.Rule == "brute_force") is { } found)
                return found;
            Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromMinutes(1), "The attack was not seen.");
            await Task.Delay(100);
        }
    }

    // Each has signed in before, in another browser. The last account is not attacked.
    private async Task<string[]> AccountsAsync()
    {
        Assert.True(PlainTextPassword.TryCreate(PagesFixture.Password, out var password));
        await _fixture.Database.ExecuteAsync(
            """
            WITH people AS (
                INSERT INTO users (email, email_verified, password_hash)
                SELECT 'stuffed-' || n || '@example.org', true, @hash FROM generate_series(0, @count - 1) n
                RETURNING id)
            INSERT INTO sessions (user_id, token_hash, ip_address, device_fingerprint, expires_at)
            SELECT id, sha256(id::text::bytea), '127.0.7.0'::inet + 1 + (row_number() OVER ())::integer % 50,
                   'known', now() + interval '1 hour' FROM people
            """,
            ("hash", _cheap.Hash(password).Value),
            ("count", Count)
        );
        return [.. Enumerable.Range(0, Count).Select(static n => $"stuffed-{n}@example.org")];
    }

    private static IPAddress AddressOf(int n) => new([127, 0, 7, (byte)(n + 1)]);

    private async Task<long> CountAsync(string from) =>
        await _fixture.Database.ScalarAsync<long>($"SELECT count(*) FROM {from}");
}
