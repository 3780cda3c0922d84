using Identity.Core.Passwords;
using Identity.Core.Users;
using Identity.Testing;

namespace Identity.IntegrationTests.Users;

public sealed class ForeignHashSignInTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    // Made by Django (tests/vectors).
    private const string Password = "Correct horse 7!";
    private const string Django = "pbkdf2_sha256$120000$NaClNaClNaCl$I12uZo4KCkbn6DjzsThinS94JGGwR3gAYvCIE2gd/YU=";

    [Fact]
    public async Task The_first_sign_in_replaces_a_foreign_hash_with_one_of_ours_and_audits_it_once()
    {
        await using var rooms = new Rooms(fixture.Database);
        var user = await ImportedAsync(rooms, Django);

        var wrong = await rooms.TryPasswordAsync(user.Email, "Correct horse 8!");
        var afterWrong = await HashAsync(user);
        var first = await rooms.TryPasswordAsync(user.Email, Password);
        var afterFirst = await HashAsync(user);
        var second = await rooms.TryPasswordAsync(user.Email, Password);

        Assert.IsType<PasswordAuthenticationResult.Failure>(wrong);
        Assert.Equal(Django, afterWrong);
        Assert.IsType<PasswordAuthenticationResult.Success>(first);
        Assert.StartsWith("$idp1$", afterFirst, StringComparison.Ordinal);
        Assert.IsType<PasswordAuthenticationResult.Success>(second);
        Assert.Equal(afterFirst, await HashAsync(user));
        Assert.Equal(
            1,
            await fixture.Database.ScalarAsync<long>(
                "SELECT count(*) FROM audit_logs WHERE user_id = @id AND event_type = 'password_rehashed'",
                ("id", user.Id)
            )
        );
        Assert.Equal(
            user.CredentialVersion,
            (await rooms.Get<UserStore>().FindAsync(user.Id, default))!.CredentialVersion
        );
    }

    [Fact]
    public async Task Parallel_first_sign_ins_all_succeed_and_replace_the_hash_once()
    {
        await using var rooms = new Rooms(fixture.Database);
        var user = await ImportedAsync(rooms, Django);

        var results = await Task.WhenAll(
            Enumerable.Range(0, 3).Select(_ => rooms.TryPasswordAsync(user.Email, Password))
        );

        Assert.All(results, static result => Assert.IsType<PasswordAuthenticationResult.Success>(result));
        Assert.Equal(
            1,
            await fixture.Database.ScalarAsync<long>(
                "SELECT count(*) FROM audit_logs WHERE user_id = @id AND event_type = 'password_rehashed'",
                ("id", user.Id)
            )
        );
    }

    [Fact]
    public async Task The_costliest_foreign_hash_that_is_stored_sets_what_an_unknown_account_costs()
    {
        await using var rooms = new Rooms(fixture.Database);
        var hasher = rooms.Get<PasswordHasher>();
        var monitor = rooms.HostedServices.OfType<HashCostMonitor>().Single();
        await monitor.ReadAsync(default);
        var before = hasher.ComparisonRounds;
        var key = Convert.ToBase64String(new byte[64]);
        Assert.True(PasswordHasher.TryReadStored($"$pbkdf2-sha512$2000000${key}${key}", out var costly));
        var user = await ImportedAsync(rooms, costly.Value);

        await monitor.ReadAsync(default);
        var raised = hasher.ComparisonRounds;
        await fixture.Database.ExecuteAsync("DELETE FROM users WHERE id = @id", ("id", user.Id));
        await monitor.ReadAsync(default);

        Assert.True(raised > before, $"{raised} rounds, {before} before");
        Assert.Equal(before, hasher.ComparisonRounds);
    }

    private async Task<UserAccount> ImportedAsync(Rooms rooms, string hash)
    {
        var user = await rooms.UserAsync();
        await fixture.Database.ExecuteAsync(
            "UPDATE users SET password_hash = @hash WHERE id = @id",
            ("id", user.Id),
            ("hash", hash)
        );
        return user;
    }

    private Task<string?> HashAsync(UserAccount user) =>
        fixture.Database.ScalarAsync<string>("SELECT password_hash FROM users WHERE id = @id", ("id", user.Id));
}
