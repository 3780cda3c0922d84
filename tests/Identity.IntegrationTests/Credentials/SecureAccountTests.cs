using System.Text.Json;
using Identity.Core.Data;
using Identity.Core.Grants;
using Identity.Core.Mail;
using Identity.Core.Primitives;
using Identity.Core.Recovery;
using Identity.Core.Sessions;
using Identity.Core.Users;
using Identity.IntegrationTests.Grants;

namespace Identity.IntegrationTests.Credentials;

/// <summary>Securing an account: everything that lets somebody in ends at once, whatever is in flight.</summary>
public sealed class SecureAccountTests(RaceScene scene) : IClassFixture<RaceScene>
{
    private const int Rounds = 30;

    // What could let somebody in, besides sessions and the password.
    private const string Arrange = """
        WITH a AS (INSERT INTO idp.grants (id, kind, user_id, client_id)
                 VALUES (gen_random_uuid(), 'consent', @id, 'app')),
             b AS (INSERT INTO idp.trusted_devices (id, user_id, token_hash)
                 VALUES (gen_random_uuid(), @id, sha256(@id::text::bytea))),
             c AS (INSERT INTO idp.login_challenges (token_hash, user_id, amr)
                 VALUES (sha256(@id::text::bytea), @id, '{pwd}')),
             d AS (INSERT INTO idp.magic_links (id, user_id, email, token_hash, browser_hash)
                 VALUES (gen_random_uuid(), @id, 'x@y.z', sha256(@id::text::bytea), sha256('b'))),
             e AS (INSERT INTO public.password_reset_tokens (user_id, token_hash)
                 VALUES (@id, sha256(@id::text::bytea))),
             f AS (INSERT INTO public.email_verification_tokens (user_id, email, token_hash)
                 VALUES (@id, 'x@y.z', sha256(@id::text::bytea))),
             g AS (INSERT INTO idp.secure_account_links (id, user_id, kind, token_hash)
                 VALUES (gen_random_uuid(), @id, 'new_device', sha256(@id::text::bytea))),
             h AS (INSERT INTO idp.passkey_ceremonies (token_hash, kind, user_id, state_protected)
                 VALUES (sha256(@id::text::bytea), 'sign_in', @id, 'state'))
        INSERT INTO idp.session_clients (session_id, client_id) SELECT id, 'app' FROM sessions WHERE user_id = @id
        """;

    private const string Open = """
        SELECT (SELECT count(*) FROM sessions WHERE user_id = @id AND is_active)
             + (SELECT count(*) FROM idp.grants WHERE user_id = @id AND revoked_at IS NULL)
             + (SELECT count(*) FROM idp.token_families WHERE user_id = @id AND revoked_at IS NULL)
             + (SELECT count(*) FROM idp.trusted_devices WHERE user_id = @id AND revoked_at IS NULL)
             + (SELECT count(*) FROM idp.login_challenges WHERE user_id = @id)
             + (SELECT count(*) FROM idp.passkey_ceremonies WHERE user_id = @id)
             + (SELECT count(*) FROM idp.magic_links WHERE user_id = @id AND used_at IS NULL)
             + (SELECT count(*) FROM idp.secure_account_links WHERE user_id = @id AND used_at IS NULL)
             + (SELECT count(*) FROM email_verification_tokens WHERE user_id = @id AND used_at IS NULL)
             + (SELECT count(*) FROM users WHERE id = @id AND password_hash IS NOT NULL)
        """;

    [Fact]
    public async Task One_act_ends_sessions_grants_trusted_browsers_and_links_removes_the_password_and_tells_the_owner()
    {
        var user = await scene.UserAsync();
        await scene.Owners.SignInAsync(user);
        await scene.Owners.SignInAsync(user);
        await scene.Database.ExecuteAsync(Arrange, ("id", user.Id));
        var before = await OpenAsync(user);

        var done = Assert.IsType<SecureAccountResult.Done>(await SecureAsync(await LinkAsync(user)));

        Assert.InRange(before, 10, 20);
        Assert.Equal(new SecuredAccount(2, 1, 1, PasswordRemoved: true), done.Ended);
        Assert.Equal(0, await OpenAsync(user));
        Assert.Equal(
            2L,
            await scene.Database.ScalarAsync<long>(
                "SELECT count(*) FROM idp.logout_deliveries WHERE user_id = @id AND client_id = 'app'",
                ("id", user.Id)
            )
        );
        var mail = (await scene.Owners.MailsToAsync(user.Email))[^1];
        Assert.Equal("account_secured", mail.Kind);
        Assert.Contains("ended: 2. Apps that lost access: 1. Trusted", mail.Content.Text, StringComparison.Ordinal);
        using var details = JsonDocument.Parse((await DetailsAsync(user))!);
        Assert.Equal("notice", details.RootElement.GetProperty("by").GetString());
        Assert.Equal("password_changed", details.RootElement.GetProperty("notice").GetString());
    }

    [Fact]
    public async Task The_browser_with_the_link_chooses_the_next_password_and_no_older_link_sets_one()
    {
        var user = await scene.UserAsync();
        var older = await scene.ResetLinkAsync(user);
        var recovery = scene.Owners.Get<PasswordRecovery>();

        var done = Assert.IsType<SecureAccountResult.Done>(await SecureAsync(await LinkAsync(user)));

        Assert.Null(await recovery.FindAsync(older, default));
        await scene.ResetAsync(user, done.NewPassword!);
        Assert.IsType<SessionStart.Started>(await scene.SignInAsync(await scene.Owners.ProofAsync(user)));
    }

    [Fact]
    public async Task RV_3_of_twenty_parallel_uses_of_a_link_on_two_instances_one_secures_the_account()
    {
        var user = await scene.UserAsync();
        var link = await LinkAsync(user);

        var results = await Task.WhenAll(
            Enumerable
                .Range(0, 20)
                .Select(n =>
                    Task.Run(() =>
                        (n % 2 == 0 ? scene.Owners : scene.Strangers)
                            .Get<AccountSecurer>()
                            .SecureAsync(link, Rooms.Stranger, default)
                    )
                )
        );

        Assert.Single(results.OfType<SecureAccountResult.Done>());
        Assert.Single(await scene.Owners.MailsToAsync(user.Email), static mail => mail.Kind == "account_secured");
    }

    [Fact]
    public async Task The_links_of_other_notices_stop_working_with_the_first()
    {
        var user = await scene.UserAsync();
        var (first, second) = (await LinkAsync(user), await LinkAsync(user));

        await SecureAsync(first);

        Assert.False(await scene.Owners.Get<AccountSecurer>().IsUsableAsync(second, default));
        Assert.IsType<SecureAccountResult.Unusable>(await SecureAsync(second));
    }

    [Theory]
    [InlineData("UPDATE idp.secure_account_links SET expires_at = now() WHERE user_id = @id")]
    [InlineData("UPDATE users SET is_disabled = true WHERE id = @id")]
    [InlineData("UPDATE users SET deleted_at = now() WHERE id = @id")]
    public async Task A_link_that_is_over_or_whose_account_is_off_changes_nothing(string change)
    {
        var user = await scene.UserAsync();
        await scene.Owners.SignInAsync(user);
        var link = await LinkAsync(user);

        await scene.Database.ExecuteAsync(change, ("id", user.Id));

        Assert.IsType<SecureAccountResult.Unusable>(await SecureAsync(link));
        Assert.NotNull(await scene.HashAsync(user));
        Assert.Equal(1, await scene.SessionsAsync(user));
    }

    [Fact]
    public async Task A_sign_in_in_flight_does_not_outlive_the_securing()
    {
        for (var round = 0; round < Rounds; round++)
        {
            var user = await scene.UserAsync();
            var link = await LinkAsync(user);

            await RaceScene.RaceAsync(round, () => scene.SignInAsync(user.Credential), () => SecureAsync(link));

            Assert.Equal(0, await scene.SessionsAsync(user));
        }
    }

    [Fact]
    public async Task A_change_of_the_password_in_flight_leaves_neither_a_password_nor_a_session()
    {
        for (var round = 0; round < Rounds; round++)
        {
            var user = await scene.UserAsync();
            var session = (await scene.Owners.SignInAsync(user)).Session.Id;
            var proof = (await scene.Owners.ProofAsync(user)) with { SessionId = session };
            var link = await LinkAsync(user);

            await RaceScene.RaceAsync(
                round,
                () =>
                    scene.Strangers.Get<PasswordChanger>().ChangeAsync(proof, RaceScene.Other, Rooms.Stranger, default),
                () => SecureAsync(link)
            );

            Assert.Null(await scene.HashAsync(user));
            Assert.Equal(0, await scene.SessionsAsync(user));
        }
    }

    [Fact]
    public async Task A_refresh_in_flight_leaves_no_live_token()
    {
        await using var grants = new GrantScene(scene.Database);
        for (var round = 0; round < Rounds; round++)
        {
            var person = await grants.PersonAsync();
            var first = await grants.RedeemAsync(person, outlives: round % 3 == 0);
            var user = (await scene.Owners.Get<UserStore>().FindAsync(person.UserId, default))!;
            var link = await LinkAsync(user);

            await RaceScene.RaceAsync(
                round,
                () => grants.One.Refresh.RotateAsync(GrantScene.Rotation(first.RefreshToken!), default),
                () => SecureAsync(link)
            );

            Assert.Equal(0, await grants.LiveLeavesAsync(first.Grant.FamilyId));
        }
    }

    [Fact]
    public async Task A_session_secures_its_account_once_and_gets_no_link()
    {
        var user = await scene.UserAsync();
        var session = (await scene.Owners.SignInAsync(user)).Session.Id;
        var proof = (await scene.Owners.ProofAsync(user)) with { SessionId = session };
        var securer = scene.Owners.Get<AccountSecurer>();

        var first = await securer.SecureAsync(proof, Rooms.Stranger, default);
        var second = await securer.SecureAsync(proof, Rooms.Stranger, default);

        Assert.Null(Assert.IsType<SecureAccountResult.Done>(first).NewPassword);
        Assert.IsType<SecureAccountResult.Unusable>(second);
        Assert.Equal(0, await OpenAsync(user));
    }

    [Fact]
    public async Task A_notice_that_the_mail_limit_held_back_leaves_no_link()
    {
        var user = await scene.UserAsync();

        for (var i = 0; i < 22; i++)
            await NoticeAsync(user, MailKind.PasskeyAdded);

        Assert.Equal(
            20L,
            await scene.Database.ScalarAsync<long>(
                "SELECT count(*) FROM idp.secure_account_links WHERE user_id = @id",
                ("id", user.Id)
            )
        );
    }

    private Task<SecureAccountResult> SecureAsync(OpaqueToken link) =>
        scene.Owners.Get<AccountSecurer>().SecureAsync(link, Rooms.Stranger, default);

    // As after a change of the password: the button of that notice is the link.
    private async Task<OpaqueToken> LinkAsync(UserAccount user)
    {
        await NoticeAsync(user, MailKind.PasswordChanged);
        return await scene.Owners.TokenAsync(user.Email, "password_changed");
    }

    private Task NoticeAsync(UserAccount user, MailKind kind) =>
        scene.Owners.Db.InTransactionAsync(
            (transaction, cancel) =>
                scene
                    .Owners.Get<SecurityNotices>()
                    .QueueAsync(transaction, user.Id, kind, Rooms.Stranger, cancel, ("passkey", "Key")),
            default
        );

    private Task<long> OpenAsync(UserAccount user) => scene.Database.ScalarAsync<long>(Open, ("id", user.Id));

    private Task<string?> DetailsAsync(UserAccount user) =>
        scene.Database.ScalarAsync<string>(
            "SELECT details::text FROM audit_logs WHERE user_id = @id AND event_type = 'account_secured'",
            ("id", user.Id)
        );
}
