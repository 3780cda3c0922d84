using Identity.Core.Administration;
using Identity.Core.People;
using Identity.Core.Primitives;
using Identity.Core.Recovery;
using Identity.Core.Users;
using Identity.IntegrationTests.Audit;
using Identity.Testing;

namespace Identity.IntegrationTests.Administration;

/// <summary>An address that an operator set gives its mailbox no account with the factors taken off.</summary>
public sealed class ReplacedAddressTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_reset_at_an_address_that_an_operator_set_leaves_the_second_factor(int changes)
    {
        await using AdminScene scene = new(fixture.Database);
        var person = await scene.PersonAsync();
        await EnrolAsync(person);

        var next = await ReplaceAsync(scene, person, changes);
        var recovery = scene.Rooms.Get<PasswordRecovery>();
        await recovery.RequestAsync(next, "en", Rooms.Stranger, default);
        var done = await recovery.ResetAsync(
            await scene.Rooms.TokenAsync(next, "password_reset"),
            Rooms.Typed("Another-Horse-8-battery"),
            Rooms.Stranger,
            default
        );

        Assert.IsType<PasswordResetResult.Done>(done);
        Assert.True(await HasFactorAsync(person));
    }

    [Fact]
    public async Task A_link_at_an_address_that_an_operator_set_leaves_the_second_factor_and_the_password()
    {
        await using AdminScene scene = new(fixture.Database);
        var person = await scene.PersonAsync();
        await EnrolAsync(person);

        var next = await ReplaceAsync(scene, person, 1);
        var proved = await scene
            .Rooms.Get<EmailVerifier>()
            .VerifyAsync(await scene.Rooms.TokenAsync(next, "verify_email"), null, Rooms.Stranger, default);

        Assert.Null(Assert.IsType<EmailProofResult.Proved>(proved).NewPassword);
        Assert.True(await HasFactorAsync(person));
        Assert.IsType<PasswordAuthenticationResult.Success>(await scene.Rooms.TryPasswordAsync(next, Rooms.Password));
    }

    [Fact]
    public async Task A_mistyped_address_is_not_told_of_its_correction_and_its_proof_is_the_first()
    {
        await using AdminScene scene = new(fixture.Database);
        var person = await scene.Rooms.UserAsync(verified: false);
        await EnrolAsync(person);

        var next = await ReplaceAsync(scene, person, 2);
        var proved = await scene
            .Rooms.Get<EmailVerifier>()
            .VerifyAsync(await scene.Rooms.TokenAsync(next, "verify_email"), null, Rooms.Stranger, default);

        Assert.Empty(await scene.Rooms.MailsToAsync(person.Email));
        Assert.NotNull(Assert.IsType<EmailProofResult.Proved>(proved).NewPassword);
        Assert.False(await HasFactorAsync(person));
    }

    [Fact]
    public async Task A_person_who_corrects_an_address_that_they_never_proved_gives_no_stranger_a_link()
    {
        await using AdminScene scene = new(fixture.Database);
        var person = await scene.Rooms.UserAsync(verified: false);
        var session = await scene.Rooms.SignInAsync(person);
        var next = EmailAddress.Parse($"{Guid.NewGuid():N}@example.org");
        var changer = scene.Rooms.Get<EmailChanger>();
        await changer.RequestAsync(person, session.Session.Credential, next, "en", Rooms.Stranger, default);

        var changed = await changer.ConfirmAsync(
            session.Session.Credential,
            await scene.Rooms.TokenAsync(next.Value, "email_change_confirm"),
            Rooms.Stranger,
            default
        );

        Assert.IsType<EmailChangeResult.Changed>(changed);
        Assert.Empty(await scene.Rooms.MailsToAsync(person.Email));
        Assert.Equal(
            0,
            await fixture.Database.ScalarAsync<long>(
                "SELECT count(*) FROM idp.email_change_reverts WHERE user_id = @id",
                ("id", person.Id)
            )
        );
    }

    [Fact]
    public async Task An_undo_link_that_is_over_is_kept_until_the_new_address_is_proved()
    {
        await using AdminScene scene = new(fixture.Database);
        var (proved, waiting) = (await scene.PersonAsync(), await scene.PersonAsync());
        await fixture.Database.ExecuteAsync("DELETE FROM idp.email_change_reverts");
        await ReplaceAsync(scene, proved, 1);
        await ReplaceAsync(scene, waiting, 1);
        await fixture.Database.ExecuteAsync(
            "UPDATE idp.email_change_reverts SET created_at = now() - interval '20 days', "
                + "expires_at = now() - interval '17 days'"
        );
        await fixture.Database.ExecuteAsync("UPDATE users SET email_verified = true WHERE id = @id", ("id", proved.Id));

        await AuditInstance.JobsOf(scene.Rooms.Db).RunAsync("recovery", default);

        Assert.Equal(
            waiting.Id,
            await fixture.Database.ScalarAsync<Guid>("SELECT min(user_id::text)::uuid FROM idp.email_change_reverts")
        );
        Assert.Equal(1, await fixture.Database.ScalarAsync<long>("SELECT count(*) FROM idp.email_change_reverts"));
    }

    private static async Task<string> ReplaceAsync(AdminScene scene, UserAccount person, int times)
    {
        // users.write alone: neither users.factors nor users.recover.
        var actor = AdminScene.Client(AdminPermission.UsersWrite);
        var next = "";
        for (var change = 0; change < times; change++)
        {
            next = $"{Guid.NewGuid():N}@thief.example";
            Assert.IsType<AdminOutcome.Done>(
                await scene.Rooms.Get<AccessActions>().SetEmailAsync(actor, person.Id, next, Rooms.Stranger, default)
            );
        }
        return next;
    }

    private Task EnrolAsync(UserAccount person) =>
        fixture.Database.ExecuteAsync(
            "UPDATE users SET two_factor_enabled = true, two_factor_secret = '\\x00' WHERE id = @id",
            ("id", person.Id)
        );

    private Task<bool> HasFactorAsync(UserAccount person) =>
        fixture.Database.ScalarAsync<bool>("SELECT two_factor_enabled FROM users WHERE id = @id", ("id", person.Id));
}
