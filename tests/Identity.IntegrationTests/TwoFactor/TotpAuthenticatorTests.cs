using System.Text;
using Identity.Core.Audit;
using Identity.Core.Credentials;
using Identity.Core.Sessions;
using Identity.Core.TwoFactor;
using Identity.Core.Users;
using Identity.Testing;
using OtpNet;

namespace Identity.IntegrationTests.TwoFactor;

public sealed class TotpAuthenticatorTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    [Fact]
    public async Task MF_5_enrolment_needs_a_code_of_the_new_secret_and_gives_ten_recovery_codes_once()
    {
        await using var rooms = new Rooms(fixture.Database);
        var user = await rooms.UserAsync();
        var (mine, other) = (await rooms.SignInAsync(user), await rooms.SignInAsync(user));
        var enrolment = rooms.Get<TotpAuthenticator>().Begin(user, mine.Session.Id);

        var wrong = await ConfirmAsync(rooms, user, mine, enrolment.Sealed, "000000");
        Assert.False(await EnabledAsync(user));
        var enabled = Assert.IsType<TotpEnrolmentResult.Enabled>(
            await ConfirmAsync(rooms, user, mine, enrolment.Sealed, CodeOf(rooms, enrolment))
        );

        Assert.IsType<TotpEnrolmentResult.WrongCode>(wrong);
        Assert.Equal(10, enabled.RecoveryCodes.Distinct().Count());
        Assert.All(
            enabled.RecoveryCodes,
            static code => Assert.Matches("^([0-9A-HJKMNP-TV-Z]{5}-){3}[0-9A-HJKMNP-TV-Z]{5}$", code)
        );
        Assert.True(await EnabledAsync(user));
        Assert.Null(await rooms.Get<SessionStore>().ValidateAsync(mine.Token.Digest, default));
        Assert.Equal(
            mine.Session.Id,
            (await rooms.Get<SessionStore>().ValidateAsync(enabled.SessionToken.Digest, default))?.Id
        );
        Assert.Null(await rooms.Get<SessionStore>().ValidateAsync(other.Token.Digest, default));
        Assert.IsType<TotpEnrolmentResult.Over>(
            await ConfirmAsync(rooms, user, mine, enrolment.Sealed, CodeOf(rooms, enrolment))
        );
        Assert.Equal("two_factor_enabled", (await rooms.MailsToAsync(user.Email))[^1].Kind);
    }

    [Fact]
    public async Task An_enrolment_is_bound_to_its_person_and_session_and_ends_after_fifteen_minutes()
    {
        await using var rooms = new Rooms(fixture.Database);
        var user = await rooms.UserAsync();
        var (mine, other) = (await rooms.SignInAsync(user), await rooms.SignInAsync(user));
        var enrolment = rooms.Get<TotpAuthenticator>().Begin(user, mine.Session.Id);

        Assert.IsType<TotpEnrolmentResult.Over>(
            await ConfirmAsync(rooms, user, other, enrolment.Sealed, CodeOf(rooms, enrolment))
        );
        Assert.IsType<TotpEnrolmentResult.Over>(
            await ConfirmAsync(rooms, await rooms.UserAsync(), mine, enrolment.Sealed, CodeOf(rooms, enrolment))
        );
        Assert.IsType<TotpEnrolmentResult.Over>(
            await ConfirmAsync(rooms, user, mine, enrolment.Sealed[..^2] + "AA", CodeOf(rooms, enrolment))
        );
        Assert.Equal(
            enrolment.ManualKey,
            rooms.Get<TotpAuthenticator>().Resume(user, mine.Session.Id, enrolment.Sealed)?.ManualKey
        );
        rooms.Clock.Offset = TimeSpan.FromMinutes(16);

        Assert.IsType<TotpEnrolmentResult.Over>(
            await ConfirmAsync(rooms, user, mine, enrolment.Sealed, CodeOf(rooms, enrolment))
        );
        Assert.Null(rooms.Get<TotpAuthenticator>().Resume(user, mine.Session.Id, enrolment.Sealed));
    }

    [Fact]
    public async Task MF_1_of_twenty_parallel_uses_of_one_time_step_on_two_instances_one_is_accepted()
    {
        await using var one = new Rooms(fixture.Database);
        await using var two = new Rooms(fixture.Database);
        var (user, _, _) = await EnrolledAsync(one);
        var step = one.Clock.GetUtcNow().ToUnixTimeSeconds() / 30 + 1;

        var proof = await one.ProofAsync(user);
        var claims = await Task.WhenAll(
            Enumerable
                .Range(0, 20)
                .Select(n =>
                    (n % 2 == 0 ? one : two).Get<TotpAuthenticator>().ClaimAsync(proof, step, null, Rooms.Stranger)
                )
        );

        Assert.Single(claims, static won => won);
    }

    [Fact]
    public async Task MF_1_one_right_code_sent_twenty_times_at_once_is_accepted_once()
    {
        await using var rooms = new Rooms(fixture.Database);
        var (user, secret, _) = await EnrolledAsync(rooms);
        rooms.Clock.Offset = TimeSpan.FromSeconds(60);
        var code = Code(rooms, secret);

        var results = await Task.WhenAll(
            Enumerable
                .Range(0, 20)
                .Select(async _ =>
                    await rooms
                        .Get<TotpAuthenticator>()
                        .VerifyAsync(await rooms.ProofAsync(user), code, Rooms.Stranger, default)
                )
        );

        Assert.Single(results.OfType<SecondFactorResult.Accepted>());
    }

    [Fact]
    public async Task MF_2_one_step_of_drift_is_taken_and_two_are_not()
    {
        await using var rooms = new Rooms(fixture.Database);
        var (user, secret, _) = await EnrolledAsync(rooms);
        rooms.Clock.Offset = TimeSpan.FromMinutes(10);

        Assert.IsType<SecondFactorResult.Wrong>(await VerifyAsync(-60));
        Assert.IsType<SecondFactorResult.Accepted>(await VerifyAsync(-30));
        Assert.IsType<SecondFactorResult.Wrong>(await VerifyAsync(60));
        Assert.IsType<SecondFactorResult.Accepted>(await VerifyAsync(30));
        Assert.IsType<SecondFactorResult.Wrong>(await VerifyAsync(0));

        async Task<SecondFactorResult> VerifyAsync(int seconds) =>
            await rooms
                .Get<TotpAuthenticator>()
                .VerifyAsync(await rooms.ProofAsync(user), Code(rooms, secret, seconds), Rooms.Stranger, default);
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("12345")]
    [InlineData("1234567")]
    [InlineData("12345\u0000")]
    [InlineData("١٢٣٤٥٦")]
    [InlineData("-12345")]
    [InlineData(" 12345")]
    public async Task MF_2_what_is_not_six_ASCII_digits_is_wrong(string? code)
    {
        await using var rooms = new Rooms(fixture.Database);
        var (user, _, _) = await EnrolledAsync(rooms);

        Assert.IsType<SecondFactorResult.Wrong>(
            await rooms
                .Get<TotpAuthenticator>()
                .VerifyAsync(await rooms.ProofAsync(user), code, Rooms.Stranger, default)
        );
    }

    [Fact]
    public async Task BF_4_codes_and_recovery_codes_are_counted_apart_and_a_right_password_clears_neither()
    {
        await using var rooms = new Rooms(fixture.Database);
        var (user, secret, codes) = await EnrolledAsync(rooms);
        for (var i = 0; i < 5; i++)
            Assert.IsType<SecondFactorResult.Wrong>(
                await rooms
                    .Get<TotpAuthenticator>()
                    .VerifyAsync(await rooms.ProofAsync(user), "nosuch", Rooms.Stranger, default)
            );
        rooms.Clock.Offset = TimeSpan.FromSeconds(60);

        Assert.IsType<PasswordAuthenticationResult.Success>(await rooms.TryPasswordAsync(user.Email, Rooms.Password));
        Assert.IsType<SecondFactorResult.Locked>(
            await rooms
                .Get<TotpAuthenticator>()
                .VerifyAsync(await rooms.ProofAsync(user), Code(rooms, secret), Rooms.Stranger, default)
        );
        Assert.IsType<SecondFactorResult.Accepted>(
            await rooms
                .Get<RecoveryCodeSet>()
                .RedeemAsync(await rooms.ProofAsync(user), codes[0], Rooms.Stranger, default)
        );
        Assert.IsType<SecondFactorResult.Locked>(
            await rooms
                .Get<TotpAuthenticator>()
                .VerifyAsync(await rooms.ProofAsync(user), Code(rooms, secret), Rooms.Stranger, default)
        );
        Assert.Contains(await rooms.MailsToAsync(user.Email), static mail => mail.Kind == "account_locked");
    }

    [Fact]
    public async Task MF_3_the_secret_is_encrypted_names_its_key_and_opens_in_its_own_row_only()
    {
        await using var rooms = new Rooms(fixture.Database);
        var (user, secret, _) = await EnrolledAsync(rooms);
        var (thief, _, _) = await EnrolledAsync(rooms);

        var kept = (
            await fixture.Database.ScalarAsync<byte[]>(
                "SELECT two_factor_secret FROM users WHERE id = @id",
                ("id", user.Id)
            )
        )!;
        await fixture.Database.ExecuteAsync(
            "UPDATE users SET two_factor_secret = @kept WHERE id = @id",
            ("id", thief.Id),
            ("kept", kept)
        );

        Assert.Equal(20, secret.Length);
        Assert.Equal(-1, kept.AsSpan().IndexOf(secret));
        Assert.Equal(-1, kept.AsSpan().IndexOf(Encoding.ASCII.GetBytes(Base32Encoding.ToString(secret))));
        Assert.Equal(rooms.Get<Identity.Core.Keys.MasterKey>().CurrentId, Convert.ToHexStringLower(kept.AsSpan(1, 4)));
        rooms.Clock.Offset = TimeSpan.FromSeconds(60);
        Assert.IsType<SecondFactorResult.Unavailable>(
            await rooms
                .Get<TotpAuthenticator>()
                .VerifyAsync(await rooms.ProofAsync(thief), Code(rooms, secret), Rooms.Stranger, default)
        );
    }

    [Fact]
    public async Task MF_4_without_its_key_every_code_is_refused_and_recovery_codes_still_work()
    {
        await using var rooms = new Rooms(fixture.Database);
        var (user, secret, codes) = await EnrolledAsync(rooms);
        await using var without = new Rooms(
            fixture.Database,
            ("Identity:Keys:MasterKey", Convert.ToBase64String(new byte[32]))
        );
        without.Clock.Offset = TimeSpan.FromSeconds(60);

        for (var i = 0; i < 8; i++)
            Assert.IsType<SecondFactorResult.Unavailable>(
                await without
                    .Get<TotpAuthenticator>()
                    .VerifyAsync(await rooms.ProofAsync(user), Code(without, secret), Rooms.Stranger, default)
            );

        Assert.IsType<SecondFactorResult.Accepted>(
            await without
                .Get<RecoveryCodeSet>()
                .RedeemAsync(await rooms.ProofAsync(user), codes[9], Rooms.Stranger, default)
        );
    }

    [Fact]
    public async Task Switching_off_takes_secret_codes_and_remembered_browsers_away_and_renews_the_session()
    {
        await using var rooms = new Rooms(fixture.Database);
        var (user, secret, codes) = await EnrolledAsync(rooms);
        var session = await rooms.SignInAsync(user);
        var device = await rooms
            .Get<TrustedDeviceStore>()
            .TrustAsync(await rooms.ProofAsync(user), null, Rooms.Stranger, default);

        var token = await rooms
            .Get<TotpAuthenticator>()
            .DisableAsync(await InAsync(rooms, user, session), Rooms.Stranger, default);

        Assert.NotNull(await rooms.Get<SessionStore>().ValidateAsync(token!.Digest, default));
        Assert.False(await rooms.Get<TrustedDeviceStore>().IsTrustedAsync(user.Id, device!, default));
        Assert.IsType<SecondFactorResult.Wrong>(
            await rooms
                .Get<RecoveryCodeSet>()
                .RedeemAsync(await rooms.ProofAsync(user), codes[0], Rooms.Stranger, default)
        );
        rooms.Clock.Offset = TimeSpan.FromSeconds(60);
        Assert.IsType<SecondFactorResult.Wrong>(
            await rooms
                .Get<TotpAuthenticator>()
                .VerifyAsync(await rooms.ProofAsync(user), Code(rooms, secret), Rooms.Stranger, default)
        );
        Assert.Null(
            await rooms
                .Get<TotpAuthenticator>()
                .DisableAsync(await InAsync(rooms, user, session), Rooms.Stranger, default)
        );
        Assert.Equal(
            0L,
            await fixture.Database.ScalarAsync<long>(
                "SELECT count(*) FROM users WHERE id = @id AND two_factor_secret IS NOT NULL",
                ("id", user.Id)
            )
        );
    }

    [Fact]
    public void The_picture_is_one_SVG_without_script_or_outside_reference_and_the_address_names_issuer_and_account()
    {
        var secret = TotpCode.NewSecret();

        var uri = TotpCode.Uri(secret, "Ada & Co", "ada@example.org");
        var svg = QrCodeImage.Svg(uri);

        Assert.Equal(
            $"otpauth://totp/Ada%20%26%20Co:ada%40example.org?secret={Base32Encoding.ToString(secret).TrimEnd('=')}"
                + "&issuer=Ada%20%26%20Co&algorithm=SHA1&digits=6&period=30",
            uri
        );
        var root = System.Xml.Linq.XElement.Parse(svg);
        Assert.Equal("svg", root.Name.LocalName);
        Assert.Equal(["rect", "path"], root.Elements().Select(static element => element.Name.LocalName));
        Assert.DoesNotContain("href", svg, StringComparison.Ordinal);
    }

    private async Task<bool> EnabledAsync(UserAccount user) =>
        await fixture.Database.ScalarAsync<bool>(
            "SELECT two_factor_enabled FROM users WHERE id = @id",
            ("id", user.Id)
        );

    private static async Task<TotpEnrolmentResult> ConfirmAsync(
        Rooms rooms,
        UserAccount user,
        SessionStart.Started session,
        string sealedEnrolment,
        string code
    ) =>
        await rooms
            .Get<TotpAuthenticator>()
            .ConfirmAsync(await InAsync(rooms, user, session), sealedEnrolment, code, Rooms.Stranger, default);

    private static async Task<CredentialProof> InAsync(Rooms rooms, UserAccount user, SessionStart.Started session) =>
        (await rooms.ProofAsync(user)) with
        {
            SessionId = session.Session.Id,
        };

    internal static async Task<(UserAccount User, byte[] Secret, IReadOnlyList<string> Codes)> EnrolledAsync(
        Rooms rooms
    )
    {
        var user = await rooms.UserAsync();
        var session = await rooms.SignInAsync(user);
        var enrolment = rooms.Get<TotpAuthenticator>().Begin(user, session.Session.Id);
        var enabled = Assert.IsType<TotpEnrolmentResult.Enabled>(
            await ConfirmAsync(rooms, user, session, enrolment.Sealed, CodeOf(rooms, enrolment))
        );
        return (user, Secret(enrolment), enabled.RecoveryCodes);
    }

    private static byte[] Secret(TotpEnrolment enrolment) =>
        Base32Encoding.ToBytes(enrolment.ManualKey.Replace(" ", "", StringComparison.Ordinal));

    private static string CodeOf(Rooms rooms, TotpEnrolment enrolment) => Code(rooms, Secret(enrolment));

    // The app's side: a clock of its own.
    internal static string Code(Rooms rooms, byte[] secret, int seconds = 0) =>
        new Totp(secret).ComputeTotp(rooms.Clock.GetUtcNow().AddSeconds(seconds).UtcDateTime);
}
