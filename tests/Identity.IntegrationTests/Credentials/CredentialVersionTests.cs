using Identity.Core.Credentials;
using Identity.Core.External;
using Identity.Core.Passkeys;
using Identity.Core.People;
using Identity.Core.Primitives;
using Identity.Core.Privacy;
using Identity.Core.Recovery;
using Identity.Core.Sessions;
using Identity.Core.TwoFactor;
using Identity.Core.Users;
using Identity.IntegrationTests.Passkeys;
using OtpNet;

namespace Identity.IntegrationTests.Credentials;

/// <summary>What raises the version of an account's credentials, and that nothing is written on what was judged
/// before.</summary>
public sealed class CredentialVersionTests(RaceScene scene) : IClassFixture<RaceScene>
{
    private Rooms Instance => scene.Owners;

    [Theory]
    [InlineData("password changed")]
    [InlineData("password reset")]
    [InlineData("second factor on")]
    [InlineData("second factor off")]
    [InlineData("recovery codes replaced")]
    [InlineData("passkey removed")]
    [InlineData("other login removed")]
    [InlineData("trusted browsers forgotten")]
    [InlineData("address changed")]
    [InlineData("address change undone")]
    [InlineData("address proved for the first time")]
    [InlineData("signed out everywhere")]
    [InlineData("locked by an operator")]
    [InlineData("deactivated")]
    [InlineData("erased")]
    public async Task Nothing_is_written_on_a_credential_that_was_judged_before(string change)
    {
        var user = await scene.UserAsync(verified: change != "address proved for the first time");
        var session = await Instance.SignInAsync(user);
        var apply = await PrepareAsync(change, user, session.Session.Id);
        var judged = await Instance.ProofAsync(user);
        var inSession = judged with { SessionId = session.Session.Id };
        var pending = await Instance.Get<LoginChallengeStore>().BeginAsync(new(judged, ["pwd"], null), default);
        var ceremony = await Instance
            .Get<PasskeyCeremonyStore>()
            .BeginAsync(PasskeyCeremony.StepUp, judged, "state", default);

        await apply();

        Assert.IsType<SessionStart.AccountUnavailable>(await scene.SignInAsync(judged));
        Assert.Null(
            await Instance
                .Get<SessionStarter>()
                .RenewAsync(session.Session.Id, new(judged, ["pwd"], null, Rooms.Stranger), default)
        );
        Assert.Null(
            await Instance
                .Get<SessionStarter>()
                .MarkStepUpAsync(session.Session.Id, judged, ["pwd"], null, Rooms.Stranger, default)
        );
        Assert.Null(await Instance.Get<LoginChallengeStore>().FindAsync(pending, default));
        Assert.Null(await Instance.Get<LoginChallengeStore>().CompleteAsync(pending, default));
        Assert.Null(
            await Instance
                .Get<PasskeyCeremonyStore>()
                .TakeAsync(ceremony, PasskeyCeremony.StepUp, await NowAsync(user), default)
        );
        Assert.Null(await Instance.Get<TrustedDeviceStore>().TrustAsync(judged, null, Rooms.Stranger, default));
        Assert.IsNotType<PasswordChangeResult.Changed>(
            await Instance.Get<PasswordChanger>().ChangeAsync(inSession, RaceScene.Other, Rooms.Stranger, default)
        );
        Assert.Equal(
            PasskeyAddition.ProofOver,
            await Instance.Get<PasskeyStore>().AddAsync(inSession, PasskeyStoreTests.Of(user), Rooms.Stranger, default)
        );
        Assert.False(
            await Instance
                .Get<ExternalLoginStore>()
                .LinkAsync(inSession, "late", "https://late.example", user.Id.ToString(), null, Rooms.Stranger, default)
        );
        Assert.Null(await Instance.Get<RecoveryCodeSet>().ReplaceAsync(inSession, Rooms.Stranger, default));
        Assert.Null(await Instance.Get<TotpAuthenticator>().DisableAsync(inSession, Rooms.Stranger, default));
    }

    [Fact]
    public async Task A_write_in_a_session_that_was_ended_meanwhile_is_not_made()
    {
        var user = await scene.UserAsync();
        var session = (await Instance.SignInAsync(user)).Session;

        await Instance.Get<SessionStore>().EndOwnAsync(user.Id, session.Id, EndReason.Revoked, Rooms.Stranger, default);

        Assert.Equal(
            PasskeyAddition.ProofOver,
            await Instance
                .Get<PasskeyStore>()
                .AddAsync(session.Credential, PasskeyStoreTests.Of(user), Rooms.Stranger, default)
        );
        Assert.IsType<PasswordChangeResult.CurrentPasswordWrong>(
            await Instance
                .Get<PasswordChanger>()
                .ChangeAsync(session.Credential, RaceScene.Other, Rooms.Stranger, default)
        );
    }

    [Fact]
    public async Task What_only_adds_to_an_account_or_renews_a_hash_voids_nothing()
    {
        var user = await scene.UserAsync();
        var session = (await Instance.SignInAsync(user)).Session;

        await Instance
            .Get<PasskeyStore>()
            .AddAsync(session.Credential, PasskeyStoreTests.Of(user), Rooms.Stranger, default);
        await Instance
            .Get<ExternalLoginStore>()
            .LinkAsync(
                session.Credential,
                "work",
                "https://work.example",
                user.Id.ToString(),
                null,
                Rooms.Stranger,
                default
            );
        await Instance
            .Get<UserStore>()
            .ChangeProfileAsync(user.Id, new("Ada", null, null, "en", null), Rooms.Stranger, default);

        Assert.IsType<SessionStart.Started>(await scene.SignInAsync(user.Credential));
    }

    private async Task<CredentialProof> NowAsync(UserAccount user) =>
        new(
            user.Id,
            await scene.Database.ScalarAsync<long>(
                "SELECT credential_version FROM users WHERE id = @id",
                ("id", user.Id)
            )
        );

    private async Task<Func<Task>> PrepareAsync(string change, UserAccount user, Guid session)
    {
        var store = Instance.Get<SessionStore>();
        async Task<CredentialProof> Now() => (await NowAsync(user)) with { SessionId = session };
        switch (change)
        {
            case "password changed":
                return async () =>
                    Assert.IsType<PasswordChangeResult.Changed>(
                        await Instance
                            .Get<PasswordChanger>()
                            .ChangeAsync(await Now(), RaceScene.Next, Rooms.Stranger, default)
                    );
            case "password reset":
                var link = await scene.ResetLinkAsync(user);
                return () => scene.ResetAsync(user, link);
            case "second factor on":
                return () => EnrolAsync(user, session);
            case "second factor off":
                await EnrolAsync(user, session);
                return async () =>
                    Assert.NotNull(
                        await Instance.Get<TotpAuthenticator>().DisableAsync(await Now(), Rooms.Stranger, default)
                    );
            case "recovery codes replaced":
                await EnrolAsync(user, session);
                return async () =>
                    Assert.NotNull(
                        await Instance.Get<RecoveryCodeSet>().ReplaceAsync(await Now(), Rooms.Stranger, default)
                    );
            case "passkey removed":
                var passkey = PasskeyStoreTests.Of(user);
                await Instance.Get<PasskeyStore>().AddAsync(await Now(), passkey, Rooms.Stranger, default);
                return async () =>
                    Assert.True(
                        await Instance.Get<PasskeyStore>().RemoveAsync(await Now(), passkey.Id, Rooms.Stranger, default)
                    );
            case "other login removed":
                var logins = Instance.Get<ExternalLoginStore>();
                await logins.LinkAsync(
                    await Now(),
                    "work",
                    "https://work.example",
                    user.Id.ToString(),
                    null,
                    Rooms.Stranger,
                    default
                );
                return async () => Assert.True(await logins.UnlinkAsync(await Now(), "work", Rooms.Stranger, default));
            case "trusted browsers forgotten":
                await Instance.Get<TrustedDeviceStore>().TrustAsync(await Now(), null, Rooms.Stranger, default);
                return () => Instance.Get<TrustedDeviceStore>().RevokeAllAsync(user.Id, Rooms.Stranger, default);
            case "address changed":
                var confirm = await AskForChangeAsync(user, await Now());
                return () => ConfirmAsync(confirm, Now);
            case "address change undone":
                await ConfirmAsync(await AskForChangeAsync(user, await Now()), Now);
                var revert = await Instance.TokenAsync(user.Email, "email_change_notice");
                return async () =>
                    Assert.IsType<EmailProofResult.Proved>(
                        await Instance.Get<EmailChangeReverter>().RevertAsync(revert, Rooms.Stranger, default)
                    );
            case "address proved for the first time":
                await Instance.Get<EmailVerifier>().ResendAsync(user.Email, "en", RaceScene.Anyone, default);
                var proof = await Instance.TokenAsync(user.Email, "verify_email");
                return () => Instance.Get<EmailVerifier>().VerifyAsync(proof, null, Rooms.Stranger, default);
            case "signed out everywhere":
                return () => store.EndAllAsync(user.Id, null, EndReason.Revoked, Rooms.Stranger, default);
            case "locked by an operator":
                return () => Instance.Get<AccountActions>().LockAsync(user.Id);
            case "deactivated":
                return () => Instance.Get<AccountActions>().DisableAsync(user.Id);
            case "erased":
                return () => Instance.Get<AccountEraser>().EraseAsync(Instance.Db, user.Id);
            default:
                throw new ArgumentOutOfRangeException(nameof(change));
        }
    }

    private async Task EnrolAsync(UserAccount user, Guid session)
    {
        var authenticator = Instance.Get<TotpAuthenticator>();
        var enrolment = authenticator.Begin(user, session);
        var secret = Base32Encoding.ToBytes(enrolment.ManualKey.Replace(" ", "", StringComparison.Ordinal));
        var code = new Totp(secret).ComputeTotp(Instance.Clock.GetUtcNow().UtcDateTime);
        Assert.IsType<TotpEnrolmentResult.Enabled>(
            await authenticator.ConfirmAsync(
                (await NowAsync(user)) with
                {
                    SessionId = session,
                },
                enrolment.Sealed,
                code,
                Rooms.Stranger,
                default
            )
        );
    }

    private async Task<OpaqueToken> AskForChangeAsync(UserAccount user, CredentialProof proof)
    {
        var next = $"{Guid.NewGuid():N}@example.org";
        await Instance
            .Get<EmailChanger>()
            .RequestAsync(user, proof, EmailAddress.Parse(next), "en", RaceScene.Anyone, default);
        return await Instance.TokenAsync(next, "email_change_confirm");
    }

    private async Task ConfirmAsync(OpaqueToken token, Func<Task<CredentialProof>> proof) =>
        Assert.IsType<EmailChangeResult.Changed>(
            await Instance.Get<EmailChanger>().ConfirmAsync(await proof(), token, Rooms.Stranger, default)
        );
}
