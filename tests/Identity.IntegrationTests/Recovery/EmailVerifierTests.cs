using Identity.Core.Data;
using Identity.Core.Passwords;
using Identity.Core.Primitives;
using Identity.Core.Recovery;
using Identity.Core.Sessions;
using Identity.Core.SignUp;
using Identity.Testing;

namespace Identity.IntegrationTests.Recovery;

public sealed class EmailVerifierTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    [Fact]
    public async Task RV_3_of_twenty_parallel_uses_of_one_link_on_two_instances_one_proves_the_address()
    {
        await using var one = new Rooms(fixture.Database);
        await using var two = new Rooms(fixture.Database);
        var user = await one.UserAsync(verified: false);
        var token = await ResendAsync(one, user.Email);

        var results = await Task.WhenAll(
            Enumerable
                .Range(0, 20)
                .Select(n =>
                    (n % 2 == 0 ? one : two).Get<EmailVerifier>().VerifyAsync(token, null, Rooms.Stranger, default)
                )
        );

        var proved = Assert.Single(results.OfType<EmailProofResult.Proved>());
        Assert.Equal((user.Id, user.Email), (proved.UserId, proved.Email));
        Assert.True(
            await fixture.Database.ScalarAsync<bool>("SELECT email_verified FROM users WHERE id = @id", ("id", user.Id))
        );
    }

    [Fact]
    public async Task RV_6_a_new_link_voids_the_older_one_and_looking_consumes_nothing()
    {
        await using var rooms = new Rooms(fixture.Database);
        var user = await rooms.UserAsync(verified: false);
        var first = await ResendAsync(rooms, user.Email);
        var second = await ResendAsync(rooms, user.Email);

        Assert.False(await rooms.Get<EmailVerifier>().IsUsableAsync(first, default));
        Assert.True(await rooms.Get<EmailVerifier>().IsUsableAsync(second, default));
        Assert.IsType<EmailProofResult.LinkUnusable>(
            await rooms.Get<EmailVerifier>().VerifyAsync(first, null, Rooms.Stranger, default)
        );
        Assert.IsType<EmailProofResult.Proved>(
            await rooms.Get<EmailVerifier>().VerifyAsync(second, null, Rooms.Stranger, default)
        );
        Assert.IsType<EmailProofResult.LinkUnusable>(
            await rooms.Get<EmailVerifier>().VerifyAsync(second, null, Rooms.Stranger, default)
        );
    }

    [Theory]
    [InlineData("UPDATE email_verification_tokens SET expires_at = now() WHERE user_id = @id")]
    [InlineData("UPDATE users SET email = 'moved-' || email WHERE id = @id")]
    [InlineData("UPDATE users SET deleted_at = now() WHERE id = @id")]
    public async Task RV_1_a_link_is_bound_to_its_time_its_address_and_its_account(string change)
    {
        await using var rooms = new Rooms(fixture.Database);
        var user = await rooms.UserAsync(verified: false);
        var token = await ResendAsync(rooms, user.Email);

        await fixture.Database.ExecuteAsync(change, ("id", user.Id));

        Assert.IsType<EmailProofResult.LinkUnusable>(
            await rooms.Get<EmailVerifier>().VerifyAsync(token, null, Rooms.Stranger, default)
        );
    }

    [Fact]
    public async Task RV_8_the_first_proof_throws_out_what_a_squatter_set_up_before_and_keeps_the_provers_own_session()
    {
        await using var rooms = new Rooms(fixture.Database);
        var user = await rooms.UserAsync(verified: false);
        var (squatter, prover) = (await rooms.SignInAsync(user), await rooms.SignInAsync(user));
        await fixture.Database.ExecuteAsync(
            """
            WITH a AS (UPDATE users SET two_factor_enabled = true, two_factor_secret = 'x' WHERE id = @id),
                 b AS (INSERT INTO idp.recovery_codes (user_id, set_id, number, code_hash)
                     VALUES (@id, gen_random_uuid(), 1, sha256('x'))),
                 c AS (INSERT INTO idp.trusted_devices (id, user_id, token_hash)
                     VALUES (gen_random_uuid(), @id, sha256(@id::text::bytea))),
                 d AS (INSERT INTO idp.grants (id, kind, user_id, client_id)
                     VALUES (gen_random_uuid(), 'consent', @id, 'app'))
            INSERT INTO idp.external_logins (provider, subject, user_id) VALUES ('work', @id::text, @id)
            """,
            ("id", user.Id)
        );

        await rooms
            .Get<EmailVerifier>()
            .VerifyAsync(await ResendAsync(rooms, user.Email), prover.Session.Credential, Rooms.Stranger, default);

        Assert.Null(await rooms.Get<SessionStore>().ValidateAsync(squatter.Token.Digest, default));
        Assert.NotNull(await rooms.Get<SessionStore>().ValidateAsync(prover.Token.Digest, default));
        Assert.Equal(
            0L,
            await fixture.Database.ScalarAsync<long>(
                """
                SELECT (SELECT count(*) FROM users WHERE id = @id AND (two_factor_enabled
                    OR two_factor_secret IS NOT NULL))
                     + (SELECT count(*) FROM idp.recovery_codes WHERE user_id = @id) + (SELECT count(*)
                         FROM idp.trusted_devices WHERE user_id = @id)
                     + (SELECT count(*) FROM idp.external_logins WHERE user_id = @id) + (SELECT count(*)
                         FROM idp.grants WHERE user_id = @id AND revoked_at IS NULL)
                """,
                ("id", user.Id)
            )
        );
    }

    [Fact]
    public async Task EN_1_asking_again_costs_the_same_commands_for_every_kind_of_address()
    {
        await using var rooms = new Rooms(fixture.Database);
        var (verified, unverified) = (await rooms.UserAsync(), await rooms.UserAsync(verified: false));
        List<int> commands = [];

        foreach (var address in new[] { unverified.Email, verified.Email, "nobody@example.org", "no address" })
        {
            using var counter = SqlCommandCounter.Start();
            Assert.IsType<MailRequestResult.Accepted>(
                await rooms.Get<EmailVerifier>().ResendAsync(address, "en", Rooms.Stranger, default)
            );
            commands.Add(counter.Commands);
        }

        Assert.Single(commands.Distinct());
        Assert.Single(await rooms.MailsToAsync(unverified.Email));
        Assert.Empty(await rooms.MailsToAsync(verified.Email));
    }

    [Fact]
    public async Task EN_3_registering_costs_one_hash_and_answers_alike_for_a_new_and_a_known_address()
    {
        await using var rooms = new Rooms(fixture.Database);
        var known = await rooms.UserAsync();
        var fresh = $"{Guid.NewGuid():N}@example.org";
        var before = rooms.Get<PasswordHasher>().Calls;

        var first = await RegisterAsync(rooms, fresh);
        var afterFirst = rooms.Get<PasswordHasher>().Calls;
        var second = await RegisterAsync(rooms, known.Email.ToUpperInvariant());

        Assert.IsType<SignUpResult.Accepted>(first);
        Assert.IsType<SignUpResult.Accepted>(second);
        Assert.Equal((1, 1), (afterFirst - before, rooms.Get<PasswordHasher>().Calls - afterFirst));
        Assert.Equal("verify_email", Assert.Single(await rooms.MailsToAsync(fresh)).Kind);
        Assert.Equal("email_already_registered", Assert.Single(await rooms.MailsToAsync(known.Email)).Kind);
        Assert.False(
            await fixture.Database.ScalarAsync<bool>(
                "SELECT email_verified FROM users WHERE email = @email",
                ("email", fresh)
            )
        );
    }

    [Fact]
    public async Task Of_twenty_parallel_registrations_of_one_address_one_account_comes_and_every_answer_is_the_same()
    {
        await using var rooms = new Rooms(fixture.Database);
        var email = $"{Guid.NewGuid():N}@example.org";

        var results = new List<SignUpResult>();
        foreach (var round in Enumerable.Range(0, 20).Chunk(4))
            results.AddRange(await Task.WhenAll(round.Select(_ => RegisterAsync(rooms, email))));

        Assert.All(results, static result => Assert.True(result is SignUpResult.Accepted or SignUpResult.Busy));
        Assert.Equal(
            1L,
            await fixture.Database.ScalarAsync<long>(
                "SELECT count(*) FROM users WHERE email = @email",
                ("email", email)
            )
        );
        Assert.Single(await rooms.MailsToAsync(email), static mail => mail.Kind == "verify_email");
    }

    [Fact]
    public async Task The_tables_hold_digests_of_tokens_only()
    {
        await using var rooms = new Rooms(fixture.Database);
        var user = await rooms.UserAsync(verified: false);

        var token = await ResendAsync(rooms, user.Email);

        Assert.Equal(
            token.Digest.Value,
            await fixture.Database.ScalarAsync<byte[]>(
                "SELECT token_hash FROM email_verification_tokens WHERE user_id = @id",
                ("id", user.Id)
            )
        );
        Assert.DoesNotContain(
            token.Value,
            await fixture.Database.ScalarAsync<string>(
                "SELECT string_agg(t::text, '') FROM email_verification_tokens t"
            ),
            StringComparison.Ordinal
        );
    }

    private static Task<SignUpResult> RegisterAsync(Rooms rooms, string email) =>
        rooms
            .Get<AccountCreator>()
            .SignUpAsync(email, Rooms.Typed(Rooms.Password), "Ada", "fr", Rooms.Stranger, default);

    private static async Task<OpaqueToken> ResendAsync(Rooms rooms, string email)
    {
        Assert.IsType<MailRequestResult.Accepted>(
            await rooms.Get<EmailVerifier>().ResendAsync(email, "en", Rooms.Stranger, default)
        );
        return await rooms.TokenAsync(email, "verify_email");
    }
}
