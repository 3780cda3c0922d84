using Identity.Core.Data;
using Identity.Core.Passwords;
using Identity.Core.Primitives;
using Identity.Core.Recovery;
using Identity.Core.Sessions;
using Identity.Core.Users;
using Identity.Testing;

namespace Identity.IntegrationTests.Recovery;

public sealed class PasswordRecoveryTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    private const string Next = "A-new-sentence-2-remember";

    [Fact]
    public async Task RV_3_of_twenty_parallel_uses_of_one_link_on_two_instances_one_sets_its_password()
    {
        await using var one = new Rooms(fixture.Database);
        await using var two = new Rooms(fixture.Database);
        var user = await one.UserAsync();
        var token = await RequestAsync(one, user.Email);

        // The queue would answer most of twenty at once with 503: hashes come first, the race is about the link.
        var results = new List<PasswordResetResult>();
        foreach (var round in Enumerable.Range(0, 20).Chunk(4))
            results.AddRange(
                await Task.WhenAll(
                    round.Select(n =>
                        (n % 2 == 0 ? one : two)
                            .Get<PasswordRecovery>()
                            .ResetAsync(token, Rooms.Typed($"{Next}-{n}"), Rooms.Stranger, default)
                    )
                )
            );

        Assert.Single(results.OfType<PasswordResetResult.Done>());
        Assert.Equal(
            1L,
            await fixture.Database.ScalarAsync<long>(
                "SELECT count(*) FROM audit_logs WHERE user_id = @id AND event_type = 'password_reset_complete'",
                ("id", user.Id)
            )
        );
        Assert.Single(await one.MailsToAsync(user.Email), static mail => mail.Kind == "password_changed");
    }

    [Fact]
    public async Task RV_3_the_claim_itself_has_one_winner_of_twenty()
    {
        await using var rooms = new Rooms(fixture.Database);
        var user = await rooms.UserAsync();
        var token = await RequestAsync(rooms, user.Email);
        var hash = rooms.Get<PasswordHasher>().Hash(Rooms.Typed(Next));

        var results = await Task.WhenAll(
            Enumerable
                .Range(0, 20)
                .Select(_ => rooms.Get<PasswordRecovery>().ConsumeAsync(token, user, hash, Rooms.Stranger, default))
        );

        Assert.Single(results.OfType<PasswordResetResult.Done>());
        Assert.Equal(19, results.OfType<PasswordResetResult.LinkUnusable>().Count());
    }

    [Fact]
    public async Task A_reset_ends_every_session_clears_the_lock_tells_the_owner_and_signs_nobody_in()
    {
        await using var rooms = new Rooms(fixture.Database);
        var user = await rooms.UserAsync();
        var session = await rooms.SignInAsync(user);
        for (var i = 0; i < 5; i++)
            await rooms.TryPasswordAsync(user.Email, "wrong");
        Assert.IsType<PasswordAuthenticationResult.Failure>(await rooms.TryPasswordAsync(user.Email, Rooms.Password));
        var token = await RequestAsync(rooms, user.Email);

        var result = await rooms.Get<PasswordRecovery>().ResetAsync(token, Rooms.Typed(Next), Rooms.Stranger, default);

        Assert.Equal(new PasswordResetResult.Done(user.Id, user.Email), result);
        Assert.Null(await rooms.Get<SessionStore>().ValidateAsync(session.Token.Digest, default));
        Assert.Empty(await rooms.Get<SessionStore>().ListAsync(user.Id, default));
        Assert.IsType<PasswordAuthenticationResult.Success>(await rooms.TryPasswordAsync(user.Email, Next));
        Assert.Equal(
            ["account_locked", "password_reset", "password_changed"],
            (await rooms.MailsToAsync(user.Email)).Select(static mail => mail.Kind)
        );
    }

    [Fact]
    public async Task Only_the_newest_link_works_and_a_changed_password_voids_it()
    {
        await using var rooms = new Rooms(fixture.Database);
        var user = await rooms.UserAsync();
        var first = await RequestAsync(rooms, user.Email);
        var second = await RequestAsync(rooms, user.Email);

        Assert.Null(await rooms.Get<PasswordRecovery>().FindAsync(first, default));
        Assert.IsType<PasswordResetResult.LinkUnusable>(
            await rooms.Get<PasswordRecovery>().ResetAsync(first, Rooms.Typed(Next), Rooms.Stranger, default)
        );
        Assert.Equal(user.Id, (await rooms.Get<PasswordRecovery>().FindAsync(second, default))?.Id);
        var hash = rooms.Get<PasswordHasher>().Hash(Rooms.Typed(Next));
        await rooms.Db.InTransactionAsync(
            (transaction, cancel) =>
                rooms
                    .Get<PasswordChanger>()
                    .SetAsync(transaction, user.Id, hash, null, EndReason.PasswordChanged, Rooms.Stranger, cancel),
            default
        );

        Assert.IsType<PasswordResetResult.LinkUnusable>(
            await rooms.Get<PasswordRecovery>().ResetAsync(second, Rooms.Typed(Next), Rooms.Stranger, default)
        );
    }

    [Theory]
    [InlineData("UPDATE password_reset_tokens SET expires_at = now() WHERE user_id = @id")]
    [InlineData("UPDATE users SET is_disabled = true WHERE id = @id")]
    [InlineData("UPDATE users SET deleted_at = now() WHERE id = @id")]
    public async Task A_link_that_is_over_or_whose_account_is_off_is_worth_nothing(string change)
    {
        await using var rooms = new Rooms(fixture.Database);
        var user = await rooms.UserAsync();
        var token = await RequestAsync(rooms, user.Email);

        await fixture.Database.ExecuteAsync(change, ("id", user.Id));

        Assert.IsType<PasswordResetResult.LinkUnusable>(
            await rooms.Get<PasswordRecovery>().ResetAsync(token, Rooms.Typed(Next), Rooms.Stranger, default)
        );
    }

    [Fact]
    public async Task A_refused_password_leaves_the_link_good()
    {
        await using var rooms = new Rooms(fixture.Database);
        var user = await rooms.UserAsync();
        var token = await RequestAsync(rooms, user.Email);

        Assert.IsType<PasswordResetResult.Refused>(
            await rooms.Get<PasswordRecovery>().ResetAsync(token, Rooms.Typed("Passw0rd!"), Rooms.Stranger, default)
        );
        Assert.IsType<PasswordResetResult.Done>(
            await rooms.Get<PasswordRecovery>().ResetAsync(token, Rooms.Typed(Next), Rooms.Stranger, default)
        );
    }

    [Fact]
    public async Task EN_1_asking_costs_the_same_commands_and_no_hash_for_every_kind_of_address()
    {
        await using var rooms = new Rooms(fixture.Database);
        var present = await rooms.UserAsync();
        var unverified = await rooms.UserAsync(verified: false);
        var disabled = await rooms.UserAsync();
        var deleted = await rooms.UserAsync();
        await fixture.Database.ExecuteAsync("UPDATE users SET is_disabled = true WHERE id = @id", ("id", disabled.Id));
        await fixture.Database.ExecuteAsync("UPDATE users SET deleted_at = now() WHERE id = @id", ("id", deleted.Id));
        var hashes = rooms.Get<PasswordHasher>().Calls;
        List<int> commands = [];

        foreach (
            var address in new[]
            {
                present.Email,
                unverified.Email,
                disabled.Email,
                deleted.Email,
                "nobody@example.org",
                "A <x@y>",
                "",
                null,
            }
        )
        {
            using var counter = SqlCommandCounter.Start();
            Assert.IsType<MailRequestResult.Accepted>(
                await rooms.Get<PasswordRecovery>().RequestAsync(address, "en", Rooms.Stranger, default)
            );
            commands.Add(counter.Commands);
        }

        Assert.Single(commands.Distinct());
        Assert.Equal(hashes, rooms.Get<PasswordHasher>().Calls);
        Assert.Equal(
            0L,
            await fixture.Database.ScalarAsync<long>(
                "SELECT count(*) FROM audit_logs WHERE details::text LIKE '%nobody%'"
            )
        );
        Assert.Equal(
            0L,
            await fixture.Database.ScalarAsync<long>(
                "SELECT count(*) FROM password_reset_tokens WHERE user_id = ANY (@ids)",
                ("ids", new[] { disabled.Id, deleted.Id })
            )
        );
    }

    [Fact]
    public async Task A_request_held_back_by_the_cap_leaves_the_last_link_good()
    {
        await using var rooms = new Rooms(fixture.Database);
        var user = await rooms.UserAsync();
        for (var i = 0; i < 5; i++)
            await RequestAsync(rooms, user.Email);
        var last = await rooms.TokenAsync(user.Email, "password_reset");

        Assert.IsType<MailRequestResult.Accepted>(
            await rooms.Get<PasswordRecovery>().RequestAsync(user.Email, "en", Rooms.Stranger, default)
        );

        Assert.Equal(5, (await rooms.MailsToAsync(user.Email)).Count);
        Assert.NotNull(await rooms.Get<PasswordRecovery>().FindAsync(last, default));
    }

    [Fact]
    public async Task RV_8_a_reset_of_an_account_never_proved_throws_out_the_second_factor_set_before()
    {
        await using var rooms = new Rooms(fixture.Database);
        var user = await rooms.UserAsync(verified: false);
        await fixture.Database.ExecuteAsync(
            "UPDATE users SET two_factor_enabled = true, two_factor_secret = 'x' WHERE id = @id",
            ("id", user.Id)
        );

        await rooms
            .Get<PasswordRecovery>()
            .ResetAsync(await RequestAsync(rooms, user.Email), Rooms.Typed(Next), Rooms.Stranger, default);

        Assert.True(
            await fixture.Database.ScalarAsync<bool>(
                "SELECT email_verified AND NOT two_factor_enabled AND two_factor_secret IS NULL FROM users "
                    + "WHERE id = @id",
                ("id", user.Id)
            )
        );
    }

    [Fact]
    public async Task MF_7_a_reset_of_a_proved_account_keeps_the_second_factor()
    {
        await using var rooms = new Rooms(fixture.Database);
        var user = await rooms.UserAsync();
        await fixture.Database.ExecuteAsync(
            "UPDATE users SET two_factor_enabled = true, two_factor_secret = 'x' WHERE id = @id",
            ("id", user.Id)
        );

        await rooms
            .Get<PasswordRecovery>()
            .ResetAsync(await RequestAsync(rooms, user.Email), Rooms.Typed(Next), Rooms.Stranger, default);

        Assert.True(
            await fixture.Database.ScalarAsync<bool>(
                "SELECT two_factor_enabled AND two_factor_secret IS NOT NULL FROM users WHERE id = @id",
                ("id", user.Id)
            )
        );
    }

    private static async Task<OpaqueToken> RequestAsync(Rooms rooms, string email)
    {
        Assert.IsType<MailRequestResult.Accepted>(
            await rooms.Get<PasswordRecovery>().RequestAsync(email, "en", Rooms.Stranger, default)
        );
        return await rooms.TokenAsync(email, "password_reset");
    }
}
