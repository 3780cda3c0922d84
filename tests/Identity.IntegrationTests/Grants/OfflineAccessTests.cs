using Identity.Core.Data;
using Identity.Core.Grants;
using Identity.Core.Sessions;
using Identity.Testing;

namespace Identity.IntegrationTests.Grants;

/// <summary>What offline access hangs on, and what ends it (docs/decisions/0007).</summary>
public sealed class OfflineAccessTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>, IAsyncLifetime
{
    private readonly GrantScene _scene = new(fixture.Database);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Signing_out_ends_offline_access_unless_the_client_outlives_the_session(bool outlives)
    {
        var person = await _scene.PersonAsync();
        var first = await _scene.RedeemAsync(person, outlives);

        await _scene.One.Sessions.EndAsync(person.SessionId, EndReason.Logout, GrantScene.Request, default);

        var rotated = await _scene.One.Refresh.RotateAsync(GrantScene.Rotation(first.RefreshToken!), default);
        var subject = await _scene.One.Subjects.ReadAsync(
            person.UserId,
            person.SessionId,
            first.Grant.FamilyId,
            default
        );
        Assert.Equal((outlives, outlives), (rotated is GrantRedemption.Granted, subject is not null));
    }

    [Fact]
    public async Task A_session_of_its_own_copies_the_sign_in_and_tokens_still_name_the_browsers()
    {
        var person = await _scene.PersonAsync();

        var first = await _scene.RedeemAsync(person, outlives: true);
        var second = await _scene.RotateAsync(first.RefreshToken!);

        Assert.Equal((person.SessionId, person.SessionId), (first.Grant.SessionId, second.Grant.SessionId));
        Assert.Equal(
            person.SessionId,
            (await _scene.One.Refresh.InspectAsync(second.RefreshToken!, default))!.SessionId
        );
        Assert.True(
            await _scene.ScalarAsync<bool>(
                """
                SELECT own.client_id = 'app' AND own.auth_time = browser.auth_time AND own.amr = browser.amr
                    AND own.acr IS NOT DISTINCT FROM browser.acr
                       AND own.expires_at = f.absolute_expires_at AND own.expires_at > now() + interval '29 days'
                           AND own.token_hash <> browser.token_hash
                FROM idp.token_families f JOIN sessions own ON own.id = f.session_id
                    JOIN sessions browser ON browser.id = @browser
                WHERE f.id = @family AND own.id <> browser.id
                """,
                ("browser", person.SessionId),
                ("family", first.Grant.FamilyId)
            )
        );
    }

    [Fact]
    public async Task What_concerns_the_account_ends_it_though()
    {
        await EndsAsync(person =>
            _scene.One.Sessions.EndAllAsync(
                person.UserId,
                person.SessionId,
                EndReason.PasswordChanged,
                GrantScene.Request,
                default
            )
        );
        await EndsAsync(person =>
            _scene.ExecuteAsync("UPDATE users SET is_disabled = true WHERE id = @user", ("user", person.UserId))
        );
        await EndsAsync(person =>
            _scene.One.Consents.WithdrawAsync(person.UserId, GrantScene.Client, GrantScene.Request, default)
        );
    }

    [Fact]
    public async Task Theft_and_revocation_end_the_session_of_its_own_and_leave_the_browsers()
    {
        var person = await _scene.PersonAsync();
        var (stolen, revoked) = (
            await _scene.RedeemAsync(person, outlives: true),
            await _scene.RedeemAsync(person, outlives: true)
        );
        await _scene.RotateAsync((await _scene.RotateAsync(stolen.RefreshToken!)).RefreshToken!);

        Assert.Equal(
            GrantRefusal.Reused,
            GrantScene.Reason(await _scene.One.Refresh.RotateAsync(GrantScene.Rotation(stolen.RefreshToken!), default))
        );
        using var counter = SqlCommandCounter.Start();
        Assert.Equal(
            RefreshRevocation.Revoked,
            await _scene.One.Refresh.RevokeAsync(revoked.RefreshToken!, GrantScene.Client, null, default)
        );

        Assert.Equal(1, counter.Commands);
        Assert.Equal("token_theft", await ReasonAsync(stolen));
        Assert.Equal("revoked", await ReasonAsync(revoked));
        Assert.Equal(0, await _scene.LiveLeavesAsync(revoked.Grant.FamilyId));
        Assert.True(
            await _scene.ScalarAsync<bool>("SELECT is_active FROM sessions WHERE id = @s", ("s", person.SessionId))
        );
    }

    [Fact]
    public async Task Reuse_of_the_code_ends_the_session_of_its_own()
    {
        var person = await _scene.PersonAsync();
        var redemption = GrantScene.Redemption(await _scene.CodeAsync(person)) with
        {
            OfflineAccessOutlivesSession = true,
        };
        var first = Assert.IsType<GrantRedemption.Granted>(await _scene.One.Codes.RedeemAsync(redemption, default));

        Assert.Equal(GrantRefusal.Reused, GrantScene.Reason(await _scene.One.Codes.RedeemAsync(redemption, default)));

        Assert.Equal("token_theft", await ReasonAsync(first));
        Assert.Equal(1, await _scene.AuditAsync(person.UserId, "code_reuse"));
        Assert.IsType<GrantRedemption.Refused>(
            await _scene.One.Refresh.RotateAsync(GrantScene.Rotation(first.RefreshToken!), default)
        );
    }

    [Fact]
    public async Task SE_9_sessions_of_clients_do_not_count_against_sign_ins()
    {
        var person = await _scene.PersonAsync();
        for (var n = 0; n < 12; n++)
            await _scene.RedeemAsync(person, outlives: true);

        await _scene.SignInAsync(person.UserId);

        Assert.Equal(
            14,
            await _scene.ScalarAsync<long>(
                "SELECT count(*) FROM sessions WHERE user_id = @user AND is_active",
                ("user", person.UserId)
            )
        );
    }

    [Fact]
    public async Task A_refresh_keeps_a_session_awake_but_never_wakes_one_that_has_been_idle_too_long()
    {
        var person = await _scene.PersonAsync();
        var first = await _scene.RedeemAsync(person);

        await IdleAsync(person, TimeSpan.FromMinutes(90));
        var second = await _scene.RotateAsync(first.RefreshToken!);
        Assert.True(await ActiveLatelyAsync(person));
        await IdleAsync(person, TimeSpan.FromHours(3));
        await _scene.RotateAsync(second.RefreshToken!);

        Assert.False(await ActiveLatelyAsync(person));
    }

    [Fact]
    public async Task A_grant_without_a_code_has_a_session_of_its_own_which_its_tokens_name()
    {
        var person = await _scene.PersonAsync();
        FirstRefresh first = new(
            person.UserId,
            GrantScene.Client,
            ["openid", "offline_access"],
            GrantScene.Details(),
            """{"jkt":"key-1"}""",
            TimeSpan.FromDays(7),
            TimeSpan.FromDays(30),
            GrantScene.Request
        );
        using var counter = SqlCommandCounter.Start();

        var granted = Assert.IsType<GrantRedemption.Granted>(await _scene.One.Refresh.IssueFirstAsync(first, default));

        Assert.Equal(1, counter.Commands);
        Assert.NotEqual(person.SessionId, granted.Grant.SessionId);
        Assert.Equal("key-1", granted.Grant.Details.Confirmation!.Value.GetProperty("jkt").GetString());
        Assert.NotNull(
            await _scene.One.Subjects.ReadAsync(person.UserId, granted.Grant.SessionId, granted.Grant.FamilyId, default)
        );
        var good = GrantScene.Rotation(granted.RefreshToken!);
        Assert.Equal(GrantRefusal.WrongProof, GrantScene.Reason(await _scene.One.Refresh.RotateAsync(good, default)));
        await _scene.One.Sessions.EndAsync(person.SessionId, EndReason.Logout, GrantScene.Request, default);
        Assert.IsType<GrantRedemption.Granted>(
            await _scene.One.Refresh.RotateAsync(good with { Confirmation = """{"jkt":"key-1"}""" }, default)
        );
    }

    [Fact]
    public async Task A_grant_without_offline_access_gets_no_refresh_token_and_one_of_a_disabled_account_nothing()
    {
        var person = await _scene.PersonAsync();
        FirstRefresh first = new(
            person.UserId,
            GrantScene.Client,
            ["openid"],
            GrantScene.Details(),
            null,
            TimeSpan.FromDays(7),
            TimeSpan.FromDays(30)
        );

        var granted = Assert.IsType<GrantRedemption.Granted>(await _scene.One.Refresh.IssueFirstAsync(first, default));
        await _scene.ExecuteAsync("UPDATE users SET is_disabled = true WHERE id = @user", ("user", person.UserId));

        Assert.Null(granted.RefreshToken);
        Assert.Equal(
            GrantRefusal.SessionOver,
            GrantScene.Reason(await _scene.One.Refresh.IssueFirstAsync(first, default))
        );
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _scene.DisposeAsync();

    private async Task EndsAsync(Func<GrantScene.Person, Task> end)
    {
        var person = await _scene.PersonAsync();
        var first = await _scene.RedeemAsync(person, outlives: true);

        await end(person);

        Assert.IsType<GrantRedemption.Refused>(
            await _scene.One.Refresh.RotateAsync(GrantScene.Rotation(first.RefreshToken!), default)
        );
        Assert.Null(
            await _scene.One.Subjects.ReadAsync(person.UserId, person.SessionId, first.Grant.FamilyId, default)
        );
    }

    private Task<string?> ReasonAsync(GrantRedemption.Granted granted) =>
        _scene.ScalarAsync<string>(
            "SELECT s.revoked_reason FROM sessions s JOIN idp.token_families f ON f.session_id = s.id WHERE f.id = @f",
            ("f", granted.Grant.FamilyId)
        );

    private Task IdleAsync(GrantScene.Person person, TimeSpan since) =>
        _scene.ExecuteAsync(
            "UPDATE sessions SET last_activity_at = now() - @since WHERE id = @s",
            ("since", since),
            ("s", person.SessionId)
        );

    private Task<bool> ActiveLatelyAsync(GrantScene.Person person) =>
        _scene.ScalarAsync<bool>(
            "SELECT last_activity_at > now() - interval '1 minute' FROM sessions WHERE id = @s",
            ("s", person.SessionId)
        );
}
