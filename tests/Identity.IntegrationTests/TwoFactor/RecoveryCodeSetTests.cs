using Identity.Core.Primitives;
using Identity.Core.TwoFactor;
using Identity.Testing;

namespace Identity.IntegrationTests.TwoFactor;

public sealed class RecoveryCodeSetTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    [Fact]
    public async Task MF_6_of_twenty_parallel_uses_of_one_code_on_two_instances_one_is_accepted()
    {
        await using var one = new Rooms(fixture.Database);
        await using var two = new Rooms(fixture.Database);
        var (user, _, codes) = await TotpAuthenticatorTests.EnrolledAsync(one);
        var code = RecoveryCodeSet.Normalize(codes[3])!;

        var proof = await one.ProofAsync(user);
        var uses = await Task.WhenAll(
            Enumerable
                .Range(0, 20)
                .Select(n =>
                    (n % 2 == 0 ? one : two).Get<RecoveryCodeSet>().ConsumeAsync(proof, code, null, Rooms.Stranger)
                )
        );

        Assert.Single(uses, static won => won);
        Assert.Equal(9, await one.Get<RecoveryCodeSet>().CountLeftAsync(user.Id, default));
        var notice = Assert.Single(
            await one.MailsToAsync(user.Email),
            static mail => mail.Kind == "recovery_code_used"
        );
        Assert.Contains(": 9.", notice.Content.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_code_is_taken_however_it_is_typed_and_belongs_to_one_person()
    {
        await using var rooms = new Rooms(fixture.Database);
        var (user, _, codes) = await TotpAuthenticatorTests.EnrolledAsync(rooms);
        var (other, _, _) = await TotpAuthenticatorTests.EnrolledAsync(rooms);

        Assert.IsType<SecondFactorResult.Wrong>(
            await rooms
                .Get<RecoveryCodeSet>()
                .RedeemAsync(await rooms.ProofAsync(other), codes[0], Rooms.Stranger, default)
        );
        Assert.IsType<SecondFactorResult.Accepted>(
            await rooms
                .Get<RecoveryCodeSet>()
                .RedeemAsync(
                    await rooms.ProofAsync(user),
                    "  "
                        + codes[0]
                            .ToLowerInvariant()
                            .Replace("-", " ", StringComparison.Ordinal)
                            .Replace('0', 'o')
                            .Replace('1', 'l'),
                    Rooms.Stranger,
                    default
                )
        );
        Assert.IsType<SecondFactorResult.Wrong>(
            await rooms
                .Get<RecoveryCodeSet>()
                .RedeemAsync(await rooms.ProofAsync(user), codes[0], Rooms.Stranger, default)
        );
    }

    [Fact]
    public async Task A_new_set_voids_the_old_one_and_tells_the_owner()
    {
        await using var rooms = new Rooms(fixture.Database);
        var (user, _, old) = await TotpAuthenticatorTests.EnrolledAsync(rooms);
        var session = await rooms.SignInAsync(user);

        var replaced = await rooms
            .Get<RecoveryCodeSet>()
            .ReplaceAsync(
                session.Session.Credential with
                {
                    Version = (await rooms.ProofAsync(user)).Version,
                },
                Rooms.Stranger,
                default
            );

        Assert.Empty(old.Intersect(replaced!.Value.Codes));
        Assert.IsType<SecondFactorResult.Wrong>(
            await rooms
                .Get<RecoveryCodeSet>()
                .RedeemAsync(await rooms.ProofAsync(user), old[0], Rooms.Stranger, default)
        );
        Assert.IsType<SecondFactorResult.Accepted>(
            await rooms
                .Get<RecoveryCodeSet>()
                .RedeemAsync(await rooms.ProofAsync(user), replaced.Value.Codes[0], Rooms.Stranger, default)
        );
        Assert.Contains(await rooms.MailsToAsync(user.Email), static mail => mail.Kind == "recovery_codes_replaced");
    }

    [Fact]
    public async Task The_table_holds_digests_only()
    {
        await using var rooms = new Rooms(fixture.Database);
        var (user, _, codes) = await TotpAuthenticatorTests.EnrolledAsync(rooms);

        var rows = await fixture.Database.ScalarAsync<string>(
            "SELECT string_agg(c::text, ' ') FROM idp.recovery_codes c WHERE user_id = @id",
            ("id", user.Id)
        );

        foreach (var code in codes)
        {
            Assert.DoesNotContain(RecoveryCodeSet.Normalize(code)!, rows, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(
                Convert.ToHexStringLower(Sha256Digest.Of(RecoveryCodeSet.Normalize(code)!).Value),
                rows,
                StringComparison.OrdinalIgnoreCase
            );
        }
    }

    [Fact]
    public async Task Remembered_browsers_are_rows_that_can_be_listed_revoked_and_run_out()
    {
        await using var rooms = new Rooms(fixture.Database);
        var store = rooms.Get<TrustedDeviceStore>();
        var (user, other) = (await rooms.UserAsync(), await rooms.UserAsync());
        var (first, second) = (
            await store.TrustAsync(await rooms.ProofAsync(user), null, Rooms.Stranger, default),
            await store.TrustAsync(await rooms.ProofAsync(user), null, Rooms.Stranger, default)
        );

        Assert.True(await store.IsTrustedAsync(user.Id, first!, default));
        Assert.False(await store.IsTrustedAsync(other.Id, first!, default));
        var listed = await store.ListAsync(user.Id, null, default);
        Assert.Equal("Firefox, Linux", listed[0].Name.ToString());
        Assert.False(await store.RevokeAsync(other.Id, listed[0].Id, Rooms.Stranger, default));
        Assert.True(await store.RevokeAsync(user.Id, listed[0].Id, Rooms.Stranger, default));
        Assert.Single(await store.ListAsync(user.Id, null, default));
        await fixture.Database.ExecuteAsync(
            "UPDATE idp.trusted_devices SET expires_at = now() WHERE user_id = @id",
            ("id", user.Id)
        );

        Assert.False(
            await store.IsTrustedAsync(user.Id, first!, default)
                || await store.IsTrustedAsync(user.Id, second!, default)
        );
        Assert.Empty(await store.ListAsync(user.Id, null, default));
    }

    [Fact]
    public async Task A_browser_that_is_remembered_again_stands_in_the_list_once_and_is_marked_for_itself()
    {
        await using var rooms = new Rooms(fixture.Database);
        var store = rooms.Get<TrustedDeviceStore>();
        var (user, other) = (await rooms.UserAsync(), await rooms.UserAsync());
        var first = await store.TrustAsync(await rooms.ProofAsync(user), null, Rooms.Stranger, default);
        var elsewhere = await store.TrustAsync(await rooms.ProofAsync(user), null, Rooms.Stranger, default);
        await fixture.Database.ExecuteAsync(
            "UPDATE idp.trusted_devices SET expires_at = now() + interval '1 day' WHERE user_id = @id",
            ("id", user.Id)
        );

        var again = await store.TrustAsync(await rooms.ProofAsync(user), first, Rooms.Stranger, default);
        var stolen = await store.TrustAsync(await rooms.ProofAsync(other), again, Rooms.Stranger, default);

        var listed = await store.ListAsync(user.Id, again, default);
        Assert.Equal(2, listed.Count);
        Assert.True(
            Assert.Single(listed, static device => device.IsThis).ExpiresAt
                > TimeProvider.System.GetUtcNow().AddDays(29)
        );
        Assert.False(await store.IsTrustedAsync(user.Id, first!, default));
        Assert.True(
            await store.IsTrustedAsync(user.Id, again!, default)
                && await store.IsTrustedAsync(user.Id, elsewhere!, default)
        );
        Assert.True(await store.IsTrustedAsync(other.Id, stolen!, default));
        Assert.DoesNotContain(await store.ListAsync(user.Id, null, default), static device => device.IsThis);
    }

    [Fact]
    public async Task SE_3_a_sign_in_under_way_is_completed_by_one_of_twenty_and_lasts_five_minutes()
    {
        await using var rooms = new Rooms(fixture.Database);
        var store = rooms.Get<LoginChallengeStore>();
        var user = await rooms.UserAsync();
        var token = await store.BeginAsync(new(user.Credential, ["pwd"], "/connect/authorize?x=y"), default);
        var late = await store.BeginAsync(new(user.Credential, ["pwd"], null), default);
        await fixture.Database.ExecuteAsync(
            "UPDATE idp.login_challenges SET expires_at = now() WHERE token_hash = @hash",
            ("hash", late.Digest.Value)
        );

        Assert.Equal("/connect/authorize?x=y", (await store.FindAsync(token, default))?.ReturnUrl);
        var completed = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => store.CompleteAsync(token, default)));

        Assert.Equal(user.Id, Assert.Single(completed, static challenge => challenge is not null)!.UserId);
        Assert.Null(await store.FindAsync(token, default));
        Assert.Null(await store.CompleteAsync(late, default));
        Assert.True(
            await fixture.Database.ScalarAsync<bool>(
                "SELECT max(expires_at - created_at) <= interval '5 minutes' FROM idp.login_challenges"
            )
        );
    }
}
