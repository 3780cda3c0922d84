using Identity.Core.Credentials;
using Identity.Core.External;
using Identity.Core.Passkeys;
using Identity.Core.Primitives;
using Identity.Core.Recovery;
using Identity.Core.Sessions;
using Identity.Core.TwoFactor;
using Identity.Core.Users;
using Identity.IntegrationTests.Passkeys;

namespace Identity.IntegrationTests.Credentials;

/// <summary>Whatever a stranger has in flight on a credential that the owner changes or takes back at the same moment,
/// on another instance: the owner wins every time.</summary>
public sealed class CredentialRaceTests(RaceScene scene) : IClassFixture<RaceScene>
{
    [Fact]
    public async Task RV_1_a_sign_in_under_way_does_not_outlive_a_reset()
    {
        for (var round = 0; round < RaceScene.Rounds; round++)
        {
            var user = await scene.UserAsync();
            var link = await scene.ResetLinkAsync(user);

            await RaceScene.RaceAsync(
                round,
                () => scene.SignInAsync(user.Credential),
                () => scene.ResetAsync(user, link)
            );

            Assert.Equal(0, await scene.SessionsAsync(user));
        }
    }

    [Fact]
    public async Task RV_1_a_sign_in_anew_does_not_outlive_a_reset()
    {
        for (var round = 0; round < RaceScene.Rounds; round++)
        {
            var user = await scene.UserAsync();
            var session = Assert.IsType<SessionStart.Started>(await scene.SignInAsync(user.Credential)).Session;
            var link = await scene.ResetLinkAsync(user);
            NewSession again = new(user.Credential, ["pwd"], null, Rooms.Stranger);

            await RaceScene.RaceAsync(
                round,
                () => scene.Strangers.Get<SessionStarter>().RenewAsync(session.Id, again, default),
                () => scene.ResetAsync(user, link)
            );

            Assert.Equal(0, await scene.SessionsAsync(user));
        }
    }

    [Fact]
    public async Task SE_6_a_sign_in_under_way_does_not_outlive_a_change_of_the_password()
    {
        for (var round = 0; round < RaceScene.Rounds; round++)
        {
            var user = await scene.UserAsync();
            var own = Assert.IsType<SessionStart.Started>(await scene.SignInAsync(user.Credential)).Session;

            await RaceScene.RaceAsync(
                round,
                () => scene.SignInAsync(user.Credential),
                async () =>
                    Assert.IsType<PasswordChangeResult.Changed>(
                        await scene
                            .Owners.Get<PasswordChanger>()
                            .ChangeAsync(own.Credential, RaceScene.Next, Rooms.Stranger, default)
                    )
            );

            Assert.Equal(0, await scene.SessionsAsync(user, except: own.Id));
            Assert.Equal(1, await scene.SessionsAsync(user));
        }
    }

    [Fact]
    public async Task PW_7_of_a_change_and_a_reset_on_one_password_exactly_one_is_made()
    {
        for (var round = 0; round < RaceScene.Rounds; round++)
        {
            var user = await scene.UserAsync();
            var session = Assert.IsType<SessionStart.Started>(await scene.SignInAsync(user.Credential)).Session;
            var link = await scene.ResetLinkAsync(user);
            PasswordResetResult? reset = null;

            var change = await RaceScene.RaceAsync(
                round,
                () => ChangeAsync(session.Credential, RaceScene.Other),
                async () =>
                    reset = await scene
                        .Owners.Get<PasswordRecovery>()
                        .ConsumeAsync(link, user, RaceScene.Next, Rooms.Stranger, default)
            );

            // A change voids the links that wait, and a reset voids what was judged before it: one of the two is made.
            Assert.True(change is PasswordChangeResult.Changed ^ reset is PasswordResetResult.Done);
            var (hash, sessions) = reset is PasswordResetResult.Done ? (RaceScene.Next, 0) : (RaceScene.Other, 1);
            Assert.Equal(hash.Value, await scene.HashAsync(user));
            Assert.Equal(sessions, await scene.SessionsAsync(user));
        }
    }

    [Fact]
    public async Task PW_7_of_two_changes_on_one_password_exactly_one_is_made()
    {
        for (var round = 0; round < RaceScene.Rounds; round++)
        {
            var user = await scene.UserAsync();
            var one = Assert.IsType<SessionStart.Started>(await scene.SignInAsync(user.Credential)).Session;
            var two = Assert.IsType<SessionStart.Started>(await scene.SignInAsync(user.Credential)).Session;
            PasswordChangeResult? owners = null;

            var strangers = await RaceScene.RaceAsync(
                round,
                () => ChangeAsync(one.Credential, RaceScene.Other),
                async () =>
                    owners = await scene
                        .Owners.Get<PasswordChanger>()
                        .ChangeAsync(two.Credential, RaceScene.Next, Rooms.Stranger, default)
            );

            Assert.True(strangers is PasswordChangeResult.Changed ^ owners is PasswordChangeResult.Changed);
            var winners = owners is PasswordChangeResult.Changed ? RaceScene.Next : RaceScene.Other;
            Assert.Equal(winners.Value, await scene.HashAsync(user));
            Assert.Equal(1, await scene.SessionsAsync(user));
        }
    }

    [Fact]
    public async Task SE_3_a_sign_in_that_waits_for_its_second_factor_does_not_outlive_a_reset()
    {
        var challenges = scene.Strangers.Get<LoginChallengeStore>();
        for (var round = 0; round < RaceScene.Rounds; round++)
        {
            var user = await scene.UserAsync();
            var pending = await challenges.BeginAsync(new(user.Credential, ["pwd"], null), default);
            var link = await scene.ResetLinkAsync(user);

            await RaceScene.RaceAsync(
                round,
                async () =>
                    await challenges.CompleteAsync(pending, default) is { } challenge
                        ? await scene.SignInAsync(challenge.Credential)
                        : null,
                () => scene.ResetAsync(user, link)
            );

            Assert.Equal(0, await scene.SessionsAsync(user));
            Assert.Null(await challenges.FindAsync(pending, default));
        }
    }

    [Fact]
    public async Task SE_10_a_step_up_under_way_does_not_outlive_a_reset()
    {
        for (var round = 0; round < RaceScene.Rounds; round++)
        {
            var user = await scene.UserAsync();
            var session = Assert.IsType<SessionStart.Started>(await scene.SignInAsync(user.Credential)).Session;
            var link = await scene.ResetLinkAsync(user);

            var token = await RaceScene.RaceAsync(
                round,
                () =>
                    scene
                        .Strangers.Get<SessionStarter>()
                        .MarkStepUpAsync(session.Id, user.Credential, ["pwd"], null, Rooms.Stranger, default),
                () => scene.ResetAsync(user, link)
            );

            Assert.Equal(0, await scene.SessionsAsync(user));
            if (token is not null)
                Assert.Null(await scene.Owners.Get<SessionStore>().ValidateAsync(token.Digest, default));
        }
    }

    [Fact]
    public async Task RV_1_a_link_to_sign_in_does_not_outlive_a_reset()
    {
        var links = scene.Strangers.Get<MagicLinkStore>();
        for (var round = 0; round < RaceScene.Rounds; round++)
        {
            var user = await scene.UserAsync();
            var asked = Assert.IsType<MagicLinkRequestResult.Accepted>(
                await links.RequestAsync(user.Email, "en", null, RaceScene.Anyone, default)
            );
            var link = await scene.Strangers.TokenAsync(user.Email, "magic_link");
            var reset = await scene.ResetLinkAsync(user);

            await RaceScene.RaceAsync(
                round,
                async () =>
                    await links.RedeemAsync(link, asked.BrowserToken, default) is MagicLinkResult.Proved proved
                        ? await scene.SignInAsync(proved.User.Credential)
                        : null,
                () => scene.ResetAsync(user, reset)
            );

            Assert.Equal(0, await scene.SessionsAsync(user));
        }
    }

    [Fact]
    public async Task MF_9_a_sign_in_by_passkey_does_not_outlive_its_removal()
    {
        for (var round = 0; round < RaceScene.Rounds; round++)
        {
            var user = await scene.UserAsync();
            var own = Assert.IsType<SessionStart.Started>(await scene.SignInAsync(user.Credential)).Session;
            var passkey = PasskeyStoreTests.Of(user) with { SignCount = 0 };
            await scene.Owners.Get<PasskeyStore>().AddAsync(own.Credential, passkey, Rooms.Stranger, default);

            await RaceScene.RaceAsync(
                round,
                async () =>
                    await scene
                        .Strangers.Get<PasskeyStore>()
                        .NoteUseAsync(passkey.Id, new(0, true, true), Rooms.Stranger, default)
                        is PasskeyUse.Accepted accepted
                        ? await scene.SignInAsync(accepted.Owner)
                        : null,
                async () =>
                {
                    Assert.True(
                        await scene
                            .Owners.Get<PasskeyStore>()
                            .RemoveAsync(own.Credential, passkey.Id, Rooms.Stranger, default)
                    );
                    await scene
                        .Owners.Get<SessionStore>()
                        .EndAllAsync(user.Id, own.Id, EndReason.Revoked, Rooms.Stranger, default);
                }
            );

            Assert.Equal(0, await scene.SessionsAsync(user, except: own.Id));
        }
    }

    [Fact]
    public async Task A_sign_in_by_another_provider_does_not_outlive_the_removal_of_the_login()
    {
        for (var round = 0; round < RaceScene.Rounds; round++)
        {
            var user = await scene.UserAsync();
            var own = Assert.IsType<SessionStart.Started>(await scene.SignInAsync(user.Credential)).Session;
            var (issuer, subject) = ("https://work.example", user.Id.ToString());
            await scene
                .Owners.Get<ExternalLoginStore>()
                .LinkAsync(own.Credential, "work", issuer, subject, null, Rooms.Stranger, default);

            await RaceScene.RaceAsync(
                round,
                async () =>
                    await scene.Strangers.Get<ExternalLoginStore>().FindAsync("work", issuer, subject, default)
                        is { } proof
                        ? await scene.SignInAsync(proof)
                        : null,
                async () =>
                {
                    Assert.True(
                        await scene
                            .Owners.Get<ExternalLoginStore>()
                            .UnlinkAsync(own.Credential, "work", Rooms.Stranger, default)
                    );
                    await scene
                        .Owners.Get<SessionStore>()
                        .EndAllAsync(user.Id, own.Id, EndReason.Revoked, Rooms.Stranger, default);
                }
            );

            Assert.Equal(0, await scene.SessionsAsync(user, except: own.Id));
        }
    }

    [Fact]
    public async Task MF_7_a_browser_is_not_remembered_past_a_reset()
    {
        for (var round = 0; round < RaceScene.Rounds; round++)
        {
            var user = await scene.UserAsync();
            var link = await scene.ResetLinkAsync(user);

            await RaceScene.RaceAsync(
                round,
                () =>
                    scene
                        .Strangers.Get<TrustedDeviceStore>()
                        .TrustAsync(user.Credential, null, Rooms.Stranger, default),
                () => scene.ResetAsync(user, link)
            );

            Assert.Empty(await scene.Owners.Get<TrustedDeviceStore>().ListAsync(user.Id, null, default));
        }
    }

    [Fact]
    public async Task A_sign_in_under_way_does_not_outlive_signing_out_everywhere()
    {
        for (var round = 0; round < RaceScene.Rounds; round++)
        {
            var user = await scene.UserAsync();

            await RaceScene.RaceAsync(
                round,
                () => scene.SignInAsync(user.Credential),
                () =>
                    scene
                        .Owners.Get<SessionStore>()
                        .EndAllAsync(user.Id, null, EndReason.Revoked, Rooms.Stranger, default)
            );

            Assert.Equal(0, await scene.SessionsAsync(user));
        }
    }

    private Task<PasswordChangeResult> ChangeAsync(CredentialProof proof, Core.Passwords.PasswordHash hash) =>
        scene.Strangers.Get<PasswordChanger>().ChangeAsync(proof, hash, Rooms.Stranger, default);
}
