using Identity.Core.People;
using Identity.Core.Primitives;
using Identity.Core.Recovery;
using Identity.Core.Sessions;
using Identity.Core.TwoFactor;
using Identity.Core.Users;
using OtpNet;

namespace Identity.IntegrationTests.Credentials;

/// <summary>What the owner gets back by undoing a change of the address, and what an operator's lock keeps
/// shut.</summary>
public sealed class TakeBackTests(RaceScene scene) : IClassFixture<RaceScene>
{
    [Fact]
    public async Task RV_7_undoing_a_change_of_address_takes_the_thiefs_password_factor_codes_and_consents()
    {
        var (user, session, revert) = await StolenAsync();
        await EnrolAsync(user, session);
        await scene.Database.ExecuteAsync(
            "INSERT INTO idp.grants (id, kind, user_id, client_id) "
                + "VALUES (gen_random_uuid(), 'consent', @id, 'thiefs-app')",
            ("id", user.Id)
        );

        await RevertAsync(revert);

        Assert.Equal(
            (false, true, 0L, 0L),
            (
                await scene.Database.ScalarAsync<bool>(
                    "SELECT two_factor_enabled OR two_factor_secret IS NOT NULL FROM users WHERE id = @id",
                    ("id", user.Id)
                ),
                await scene.Database.ScalarAsync<bool>(
                    "SELECT password_hash IS NULL FROM users WHERE id = @id",
                    ("id", user.Id)
                ),
                await scene.Database.ScalarAsync<long>(
                    "SELECT count(*) FROM idp.recovery_codes WHERE user_id = @id",
                    ("id", user.Id)
                ),
                await scene.Database.ScalarAsync<long>(
                    "SELECT count(*) FROM idp.grants WHERE user_id = @id AND revoked_at IS NULL",
                    ("id", user.Id)
                )
            )
        );
        var link = await scene.ResetLinkAsync(user);
        await scene.ResetAsync(user, link);
        Assert.IsType<SessionStart.Started>(await scene.SignInAsync(await scene.Owners.ProofAsync(user)));
    }

    [Fact]
    public async Task RV_7_a_second_factor_that_stood_before_the_change_stays()
    {
        var user = await scene.UserAsync();
        var session = (await scene.Owners.SignInAsync(user)).Session;
        await EnrolAsync(user, session.Id);

        await RevertAsync(await ChangeAddressAsync(user, session.Id));

        Assert.True(
            await scene.Database.ScalarAsync<bool>(
                "SELECT two_factor_enabled AND two_factor_secret IS NOT NULL FROM users WHERE id = @id",
                ("id", user.Id)
            )
        );
    }

    [Fact]
    public async Task RV_7_no_factor_is_enrolled_past_the_undoing_of_a_change()
    {
        for (var round = 0; round < RaceScene.Rounds; round++)
        {
            var (user, session, revert) = await StolenAsync();
            var proof = (await scene.Owners.ProofAsync(user)) with { SessionId = session };
            var authenticator = scene.Strangers.Get<TotpAuthenticator>();
            var enrolment = authenticator.Begin(user, session);

            await RaceScene.RaceAsync(
                round,
                () => authenticator.ConfirmAsync(proof, enrolment.Sealed, Code(enrolment), Rooms.Stranger, default),
                () => RevertAsync(revert)
            );

            Assert.False(
                await scene.Database.ScalarAsync<bool>(
                    "SELECT two_factor_enabled FROM users WHERE id = @id",
                    ("id", user.Id)
                )
            );
            Assert.Equal(0, await scene.SessionsAsync(user));
        }
    }

    [Fact]
    public async Task RV_8_a_sign_in_under_way_does_not_outlive_the_first_proof_and_the_password_of_a_squatter_goes()
    {
        for (var round = 0; round < RaceScene.Rounds; round++)
        {
            var user = await scene.UserAsync(verified: false);
            await scene.Owners.Get<EmailVerifier>().ResendAsync(user.Email, "en", RaceScene.Anyone, default);
            var token = await scene.Owners.TokenAsync(user.Email, "verify_email");
            EmailProofResult? proved = null;

            await RaceScene.RaceAsync(
                round,
                () => scene.SignInAsync(user.Credential),
                async () =>
                    proved = await scene.Owners.Get<EmailVerifier>().VerifyAsync(token, null, Rooms.Stranger, default)
            );

            Assert.NotNull(Assert.IsType<EmailProofResult.Proved>(proved).NewPassword);
            Assert.Equal(0, await scene.SessionsAsync(user));
            Assert.Null(await scene.HashAsync(user));
        }
    }

    [Fact]
    public async Task RV_8_the_browser_that_signed_up_keeps_its_password()
    {
        var user = await scene.UserAsync(verified: false);
        await scene.Owners.Get<EmailVerifier>().ResendAsync(user.Email, "en", RaceScene.Anyone, default);
        var token = await scene.Owners.TokenAsync(user.Email, "verify_email");

        var proved = await scene
            .Owners.Get<EmailVerifier>()
            .VerifyAsync(token, user.Credential, Rooms.Stranger, default);

        Assert.Null(Assert.IsType<EmailProofResult.Proved>(proved).NewPassword);
        Assert.Equal(RaceScene.Old.Value, await scene.HashAsync(user));
    }

    [Fact]
    public async Task An_operators_lock_rests_what_is_open_and_no_proof_of_the_owner_lifts_it()
    {
        var user = await scene.UserAsync();
        var open = await scene.Owners.SignInAsync(user);
        var link = await scene.ResetLinkAsync(user);
        var operators = scene.Owners.Get<AccountActions>();

        await operators.LockAsync(user.Id);
        var during = await scene.Strangers.Get<SessionStore>().ValidateAsync(open.Token.Digest, default);
        await scene.ResetAsync(user, link);
        var afterReset = await scene.SignInAsync(await scene.Owners.ProofAsync(user));
        var wrongDoor = await scene.Owners.TryPasswordAsync(user.Email, $"{Rooms.Password}-1");
        await operators.UnlockAsync(user.Id);
        var unlocked = await scene.SignInAsync(await scene.Owners.ProofAsync(user));

        Assert.Null(during);
        Assert.IsType<SessionStart.AccountUnavailable>(afterReset);
        Assert.IsType<PasswordAuthenticationResult.Failure>(wrongDoor);
        Assert.IsType<SessionStart.Started>(unlocked);
    }

    [Fact]
    public async Task An_operators_lock_ends_by_itself_and_what_rested_goes_on()
    {
        var user = await scene.UserAsync();
        var open = await scene.Owners.SignInAsync(user);
        await scene.Owners.Get<AccountActions>().LockAsync(user.Id);

        await scene.Database.ExecuteAsync(
            "UPDATE users SET operator_locked_until = now() WHERE id = @id",
            ("id", user.Id)
        );

        Assert.NotNull(await scene.Strangers.Get<SessionStore>().ValidateAsync(open.Token.Digest, default));
    }

    private static string Code(TotpEnrolment enrolment) =>
        new Totp(Base32Encoding.ToBytes(enrolment.ManualKey.Replace(" ", "", StringComparison.Ordinal))).ComputeTotp(
            TimeProvider.System.GetUtcNow().UtcDateTime
        );

    private async Task<(UserAccount User, Guid Session, OpaqueToken Revert)> StolenAsync()
    {
        var user = await scene.UserAsync();
        var session = (await scene.Owners.SignInAsync(user)).Session.Id;
        return (user, session, await ChangeAddressAsync(user, session));
    }

    private async Task<OpaqueToken> ChangeAddressAsync(UserAccount user, Guid session)
    {
        var next = $"{Guid.NewGuid():N}@example.org";
        var proof = (await scene.Owners.ProofAsync(user)) with { SessionId = session };
        var changer = scene.Strangers.Get<EmailChanger>();
        await changer.RequestAsync(user, proof, EmailAddress.Parse(next), "en", RaceScene.Anyone, default);
        var confirm = await scene.Strangers.TokenAsync(next, "email_change_confirm");
        Assert.IsType<EmailChangeResult.Changed>(await changer.ConfirmAsync(proof, confirm, Rooms.Stranger, default));
        return await scene.Strangers.TokenAsync(user.Email, "email_change_notice");
    }

    private async Task EnrolAsync(UserAccount user, Guid session)
    {
        var authenticator = scene.Strangers.Get<TotpAuthenticator>();
        var enrolment = authenticator.Begin(user, session);
        Assert.IsType<TotpEnrolmentResult.Enabled>(
            await authenticator.ConfirmAsync(
                (await scene.Owners.ProofAsync(user)) with
                {
                    SessionId = session,
                },
                enrolment.Sealed,
                Code(enrolment),
                Rooms.Stranger,
                default
            )
        );
    }

    private async Task RevertAsync(OpaqueToken revert) =>
        Assert.IsType<EmailProofResult.Proved>(
            await scene.Owners.Get<EmailChangeReverter>().RevertAsync(revert, Rooms.Stranger, default)
        );
}
