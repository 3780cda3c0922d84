using System.Net;
using Identity.Core.Data;
using Identity.IntegrationTests.Protocol;
using Identity.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.IntegrationTests.Faults;

/// <summary>An instance whose own clock is wrong gives out what every other instance takes.</summary>
public sealed class ClockTests : IAsyncLifetime
{
    private TestDatabase _database = null!;

    public async Task InitializeAsync() => _database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Theory]
    [InlineData(3600)]
    [InlineData(-3600)]
    public async Task Tokens_of_an_instance_with_a_wrong_clock_have_the_databases_time(int seconds)
    {
        await using var right = await IdentityHost.StartAsync(_database, ProtocolFixture.Settings);
        await using var wrong = await WrongAsync(TimeSpan.FromSeconds(seconds), right.Issuer);
        using RelyingParty party = new(wrong);
        await party.SignInAsync(await RelyingParty.CreateUserAsync(_database, "ada@example.com"));

        var tokens = await party.GetTokensAsync("openid offline_access", ("max_age", "600"));
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();

        foreach (var token in (string[])[tokens.AccessToken!, tokens.IdToken!])
        {
            var (_, claims) = Answer.Decode(token);
            Assert.InRange(claims.GetProperty("iat").GetInt64(), now - 10, now + 1);
            Assert.InRange(claims.GetProperty("exp").GetInt64(), now + 60, now + 86_400);
            Assert.InRange(claims.GetProperty("auth_time").GetInt64(), now - 10, now + 1);
        }
        // The instance takes what it gave, and so does the one whose clock is right.
        Assert.Equal(HttpStatusCode.OK, (await party.UserInfoAsync(tokens.AccessToken!)).Status);
        using RelyingParty elsewhere = new(right);
        Assert.Equal(HttpStatusCode.OK, (await elsewhere.UserInfoAsync(tokens.AccessToken!)).Status);
        Assert.NotNull((await party.RefreshAsync(tokens.RefreshToken!)).AccessToken);
    }

    [Fact]
    public async Task A_clock_that_is_some_seconds_off_is_a_warning_and_one_that_is_far_off_a_fault()
    {
        MovableTime machine = new() { Ahead = TimeSpan.FromSeconds(8) };
        await using var host = await WrongAsync(machine);
        using var client = host.CreateClient();

        using var warned = await client.GetAsync("/health/ready");
        var warning = await warned.Content.ReadAsStringAsync();
        machine.Ahead = TimeSpan.FromMinutes(-2);
        using var refused = await client.GetAsync("/health/ready");
        var fault = await refused.Content.ReadAsStringAsync();

        Assert.Equal(HttpStatusCode.OK, warned.StatusCode);
        Assert.Contains("8 s ahead of the database's", warning, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Contains("120 s behind the database's", fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Readiness_is_asked_anew_though_the_wall_clock_steps_back()
    {
        MovableTime machine = new();
        await using var host = await IdentityHost.StartAsync(
            _database,
            ProtocolFixture.Settings,
            services => services.AddSingleton<TimeProvider>(machine)
        );
        using var client = host.CreateClient();
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/health/ready")).StatusCode);

        machine.Ahead = TimeSpan.FromHours(-1);
        await _database.ExecuteAsync("ALTER TABLE idp.schema_migrations RENAME TO schema_migrations_away");
        await Task.Delay(1_100);
        var behind = (await client.GetAsync("/health/ready")).StatusCode;
        await _database.ExecuteAsync("ALTER TABLE idp.schema_migrations_away RENAME TO schema_migrations");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, behind);
    }

    private Task<IdentityHost> WrongAsync(TimeSpan ahead, string issuer) =>
        IdentityHost.StartAsync(
            _database,
            new Dictionary<string, string?>(ProtocolFixture.Settings) { ["Identity:Issuer"] = issuer },
            services => services.AddSingleton(new DatabaseClock(new MovableTime { Ahead = ahead }))
        );

    private Task<IdentityHost> WrongAsync(MovableTime machine) =>
        IdentityHost.StartAsync(
            _database,
            ProtocolFixture.Settings,
            services => services.AddSingleton(new DatabaseClock(machine))
        );

    private sealed class MovableTime : TimeProvider
    {
        public TimeSpan Ahead { get; set; }

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Ahead;
    }
}
