using Identity.Core.Administration;
using Identity.Core.People;
using Identity.Core.Primitives;
using Identity.Core.Recovery;
using Identity.Core.Sessions;
using Identity.Core.Users;
using Identity.Testing;

namespace Identity.IntegrationTests.Recovery;

public sealed class EmailChangerTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    [Fact]
    public async Task RV_7_a_change_is_confirmed_at_the_new_address_told_to_the_old_and_taken_back_from_there()
    {
        await using var rooms = new Rooms(fixture.Database);
        var user = await rooms.UserAsync();
        var (mine, other) = (await rooms.SignInAsync(user), await rooms.SignInAsync(user));
        var next = Fresh();
        var token = await RequestAsync(rooms, user, next);
        Assert.Equal(user.Email, await EmailAsync(user));

        var changed = Assert.IsType<EmailChangeResult.Changed>(
            await rooms.Get<EmailChanger>().ConfirmAsync(mine.Session.Credential, token, Rooms.Stranger, default)
        );

        Assert.Equal(next, await EmailAsync(user));
        Assert.Null(await rooms.Get<SessionStore>().ValidateAsync(other.Token.Digest, default));
        Assert.NotNull(await rooms.Get<SessionStore>().ValidateAsync(changed.SessionToken.Digest, default));
        var notice = (await rooms.MailsToAsync(user.Email))[^1];
        Assert.Equal("email_change_notice", notice.Kind);
        Assert.Contains(next, notice.Content.Text, StringComparison.Ordinal);

        await fixture.Database.ExecuteAsync(
            "INSERT INTO idp.external_logins (provider, subject, user_id) VALUES ('thief', @id::text, @id)",
            ("id", user.Id)
        );
        var revert = await rooms.TokenAsync(user.Email, "email_change_notice");
        Assert.True(await rooms.Get<EmailChangeReverter>().IsRevertUsableAsync(revert, default));
        Assert.Equal(
            new EmailProofResult.Proved(user.Id, user.Email),
            await rooms.Get<EmailChangeReverter>().RevertAsync(revert, Rooms.Stranger, default)
        );

        Assert.Equal(user.Email, await EmailAsync(user));
        Assert.Null(await rooms.Get<SessionStore>().ValidateAsync(changed.SessionToken.Digest, default));
        Assert.Equal(
            0L,
            await fixture.Database.ScalarAsync<long>(
                "SELECT count(*) FROM idp.external_logins WHERE user_id = @id",
                ("id", user.Id)
            )
        );
        Assert.IsType<EmailProofResult.LinkUnusable>(
            await rooms.Get<EmailChangeReverter>().RevertAsync(revert, Rooms.Stranger, default)
        );
    }

    [Fact]
    public async Task A_thief_who_changes_twice_cannot_use_the_first_new_address_to_keep_the_account()
    {
        await using var rooms = new Rooms(fixture.Database);
        var user = await rooms.UserAsync();
        var (thief, hideout) = (Fresh(), Fresh());
        await ChangeAsync(rooms, user, thief);
        await ChangeAsync(rooms, user with { Email = thief }, hideout);
        var (owners, thiefs) = (
            await rooms.TokenAsync(user.Email, "email_change_notice"),
            await rooms.TokenAsync(thief, "email_change_notice")
        );

        Assert.IsType<EmailProofResult.Proved>(
            await rooms.Get<EmailChangeReverter>().RevertAsync(owners, Rooms.Stranger, default)
        );

        Assert.IsType<EmailProofResult.LinkUnusable>(
            await rooms.Get<EmailChangeReverter>().RevertAsync(thiefs, Rooms.Stranger, default)
        );
        Assert.Equal(user.Email, await EmailAsync(user));
    }

    [Fact]
    public async Task Of_twenty_parallel_confirmations_and_reverts_one_each_wins()
    {
        await using var rooms = new Rooms(fixture.Database);
        var user = await rooms.UserAsync();
        var session = await rooms.SignInAsync(user);
        var token = await RequestAsync(rooms, user, Fresh());

        var confirmed = await Task.WhenAll(
            Enumerable
                .Range(0, 20)
                .Select(_ =>
                    rooms.Get<EmailChanger>().ConfirmAsync(session.Session.Credential, token, Rooms.Stranger, default)
                )
        );
        var revert = await rooms.TokenAsync(user.Email, "email_change_notice");
        var reverted = await Task.WhenAll(
            Enumerable
                .Range(0, 20)
                .Select(_ => rooms.Get<EmailChangeReverter>().RevertAsync(revert, Rooms.Stranger, default))
        );

        Assert.Single(confirmed.OfType<EmailChangeResult.Changed>());
        Assert.Single(reverted.OfType<EmailProofResult.Proved>());
    }

    [Fact]
    public async Task A_link_for_a_new_address_needs_a_session_of_its_account_and_proves_nothing_else()
    {
        await using var rooms = new Rooms(fixture.Database);
        var (user, stranger) = (await rooms.UserAsync(verified: false), await rooms.UserAsync());
        var session = await rooms.SignInAsync(stranger);
        var token = await RequestAsync(rooms, user, Fresh());

        Assert.IsType<EmailChangeResult.LinkUnusable>(
            await rooms.Get<EmailChanger>().ConfirmAsync(session.Session.Credential, token, Rooms.Stranger, default)
        );
        Assert.IsType<EmailProofResult.LinkUnusable>(
            await rooms.Get<EmailVerifier>().VerifyAsync(token, null, Rooms.Stranger, default)
        );
        Assert.Equal(user.Email, await EmailAsync(user));
    }

    [Fact]
    public async Task ID_3_an_address_that_has_an_account_is_told_and_the_answer_is_the_same()
    {
        await using var rooms = new Rooms(fixture.Database);
        var (user, owner) = (await rooms.UserAsync(), await rooms.UserAsync());

        var answer = await rooms
            .Get<EmailChanger>()
            .RequestAsync(
                user,
                await rooms.ProofAsync(user),
                EmailAddress.Parse(owner.Email),
                "en",
                Rooms.Stranger,
                default
            );

        Assert.IsType<MailRequestResult.Accepted>(answer);
        Assert.Equal("email_already_registered", Assert.Single(await rooms.MailsToAsync(owner.Email)).Kind);
    }

    [Fact]
    public async Task DB_2_an_address_registered_between_request_and_confirmation_makes_the_link_unusable()
    {
        await using var rooms = new Rooms(fixture.Database);
        var user = await rooms.UserAsync();
        var session = await rooms.SignInAsync(user);
        var next = Fresh();
        var token = await RequestAsync(rooms, user, next);
        await rooms.UserAsync(email: next);

        Assert.IsType<EmailChangeResult.LinkUnusable>(
            await rooms.Get<EmailChanger>().ConfirmAsync(session.Session.Credential, token, Rooms.Stranger, default)
        );
        Assert.Equal(user.Email, await EmailAsync(user));
    }

    [Fact]
    public async Task A_reset_link_mailed_to_the_old_address_is_void_after_the_change()
    {
        await using var rooms = new Rooms(fixture.Database);
        var user = await rooms.UserAsync();
        await rooms.Get<PasswordRecovery>().RequestAsync(user.Email, "en", Rooms.Stranger, default);
        var reset = await rooms.TokenAsync(user.Email, "password_reset");

        await ChangeAsync(rooms, user, Fresh());

        Assert.Null(await rooms.Get<PasswordRecovery>().FindAsync(reset, default));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RV_1_a_link_to_secure_the_account_is_void_after_a_change_of_its_address(bool byOperator)
    {
        await using var rooms = new Rooms(fixture.Database);
        var user = await rooms.UserAsync();
        var token = OpaqueToken.Create();
        await fixture.Database.ExecuteAsync(
            "INSERT INTO idp.secure_account_links (id, user_id, kind, token_hash) "
                + "VALUES (gen_random_uuid(), @id, 'new_device', @hash)",
            ("id", user.Id),
            ("hash", token.Digest.Value)
        );

        if (byOperator)
            Assert.IsType<AdminOutcome.Done>(
                await rooms
                    .Get<AccessActions>()
                    .SetEmailAsync(OperatorSteps.Everything, user.Id, Fresh(), Rooms.Stranger, default)
            );
        else
            await ChangeAsync(rooms, user, Fresh());

        Assert.IsType<SecureAccountResult.Unusable>(
            await rooms.Get<AccountSecurer>().SecureAsync(token, Rooms.Stranger, default)
        );
        Assert.Equal(
            0L,
            await fixture.Database.ScalarAsync<long>(
                "SELECT count(*) FROM idp.secure_account_links WHERE user_id = @id AND used_at IS NULL",
                ("id", user.Id)
            )
        );
    }

    [Fact]
    public async Task Of_twenty_parallel_uses_of_one_magic_link_one_wins_in_the_browser_that_asked()
    {
        await using var rooms = new Rooms(fixture.Database, ("Identity:Recovery:MagicLinks", "true"));
        var user = await rooms.UserAsync();
        var store = rooms.Get<MagicLinkStore>();
        var asked = Assert.IsType<MagicLinkRequestResult.Accepted>(
            await store.RequestAsync(user.Email, "en", "/connect/authorize?a=b", Rooms.Stranger, default)
        );
        var token = await rooms.TokenAsync(user.Email, "magic_link");

        Assert.IsType<MagicLinkResult.LinkUnusable>(await store.RedeemAsync(token, OpaqueToken.Create(), default));
        var results = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(_ => store.RedeemAsync(token, asked.BrowserToken, default))
        );

        var proved = Assert.Single(results.OfType<MagicLinkResult.Proved>());
        Assert.Equal((user.Id, "/connect/authorize?a=b"), (proved.User.Id, proved.ReturnUrl));
        Assert.Equal(
            0L,
            await fixture.Database.ScalarAsync<long>(
                "SELECT count(*) FROM idp.magic_links m WHERE m::text LIKE '%' || encode('authorize', 'hex') || '%'"
            )
        );
    }

    [Fact]
    public async Task Magic_links_are_off_by_default_and_only_for_proved_addresses()
    {
        await using var off = new Rooms(fixture.Database);
        await using var on = new Rooms(fixture.Database, ("Identity:Recovery:MagicLinks", "true"));
        var unverified = await on.UserAsync(verified: false);

        Assert.IsType<MagicLinkRequestResult.Off>(
            await off.Get<MagicLinkStore>().RequestAsync(unverified.Email, "en", null, Rooms.Stranger, default)
        );
        Assert.IsType<MagicLinkRequestResult.Accepted>(
            await on.Get<MagicLinkStore>().RequestAsync(unverified.Email, "en", null, Rooms.Stranger, default)
        );
        Assert.IsType<MagicLinkRequestResult.Accepted>(
            await on.Get<MagicLinkStore>().RequestAsync("nobody@example.org", "en", null, Rooms.Stranger, default)
        );

        Assert.Empty(await on.MailsToAsync(unverified.Email));
    }

    private static string Fresh() => $"{Guid.NewGuid():N}@example.org";

    private static async Task<OpaqueToken> RequestAsync(Rooms rooms, UserAccount user, string next)
    {
        Assert.IsType<MailRequestResult.Accepted>(
            await rooms
                .Get<EmailChanger>()
                .RequestAsync(
                    user,
                    await rooms.ProofAsync(user),
                    EmailAddress.Parse(next),
                    "en",
                    Rooms.Stranger,
                    default
                )
        );
        return await rooms.TokenAsync(next, "email_change_confirm");
    }

    private static async Task ChangeAsync(Rooms rooms, UserAccount user, string next)
    {
        var session = await rooms.SignInAsync(user);
        Assert.IsType<EmailChangeResult.Changed>(
            await rooms
                .Get<EmailChanger>()
                .ConfirmAsync(
                    session.Session.Credential,
                    await RequestAsync(rooms, user, next),
                    Rooms.Stranger,
                    default
                )
        );
    }

    private async Task<string?> EmailAsync(UserAccount user) =>
        await fixture.Database.ScalarAsync<string>("SELECT email FROM users WHERE id = @id", ("id", user.Id));
}
