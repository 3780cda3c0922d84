using Identity.Core.Data;
using Identity.Core.Grants;
using Identity.Core.Sessions;
using Identity.Testing;

namespace Identity.IntegrationTests.Grants;

public sealed class ConsentStoreTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>, IAsyncLifetime
{
    private readonly GrantScene _scene = new(fixture.Database);

    [Fact]
    public async Task What_is_allowed_is_added_up_audited_and_found_until_it_is_withdrawn()
    {
        var person = await _scene.PersonAsync();
        var consents = _scene.One.Consents;

        await consents.GrantAsync(new(person.UserId, 1), "app", ["openid", "email"], null, GrantScene.Request, default);
        await consents.GrantAsync(
            new(person.UserId, 1),
            "app",
            ["openid", "profile"],
            null,
            GrantScene.Request,
            default
        );
        Assert.Equal(["email", "openid", "profile"], await consents.FindAsync(person.UserId, "app", default));
        Assert.Null(await consents.FindAsync(person.UserId, "other", default));

        Assert.True(await consents.WithdrawAsync(person.UserId, "app", GrantScene.Request, default));
        Assert.False(await consents.WithdrawAsync(person.UserId, "app", GrantScene.Request, default));
        Assert.Null(await consents.FindAsync(person.UserId, "app", default));

        await consents.GrantAsync(new(person.UserId, 1), "app", ["openid"], null, GrantScene.Request, default);
        await consents.DenyAsync(person.UserId, "app", GrantScene.Request, default);
        Assert.Equal(["openid"], await consents.FindAsync(person.UserId, "app", default));
        Assert.Equal(
            (3, 1, 1),
            (
                await _scene.AuditAsync(person.UserId, "consent_granted"),
                await _scene.AuditAsync(person.UserId, "consent_withdrawn"),
                await _scene.AuditAsync(person.UserId, "consent_denied")
            )
        );
    }

    [Fact]
    public async Task Twenty_parallel_consents_are_one_row_with_all_scopes()
    {
        var person = await _scene.PersonAsync();

        await Task.WhenAll(
            Enumerable
                .Range(0, 20)
                .Select(n =>
                    Task.Run(() =>
                        _scene
                            .Instances[n % 2]
                            .Consents.GrantAsync(
                                new(person.UserId, 1),
                                "app",
                                [$"scope{n}"],
                                null,
                                GrantScene.Request,
                                default
                            )
                    )
                )
        );

        Assert.Equal(20, (await _scene.One.Consents.FindAsync(person.UserId, "app", default))!.Count);
    }

    [Fact]
    public async Task Withdrawal_ends_codes_families_and_reference_tokens_of_that_person_and_client_only()
    {
        var (person, other) = (await _scene.PersonAsync(), await _scene.PersonAsync());
        var consents = _scene.One.Consents;
        await consents.GrantAsync(new(person.UserId, 1), "app", ["openid"], null, GrantScene.Request, default);
        var (mine, theirs) = (await _scene.RedeemAsync(person), await _scene.RedeemAsync(other));
        var code = await _scene.CodeAsync(person);
        var reference = await PersistedGrantStoreTests.StoreAsync(_scene.One, GrantKind.ReferenceToken, person.UserId);

        Assert.True(await consents.WithdrawAsync(person.UserId, "app", GrantScene.Request, default));

        Assert.Equal(
            GrantRefusal.Revoked,
            GrantScene.Reason(await _scene.One.Refresh.RotateAsync(GrantScene.Rotation(mine.RefreshToken!), default))
        );
        Assert.Equal(
            GrantRefusal.Revoked,
            GrantScene.Reason(await _scene.One.Codes.RedeemAsync(GrantScene.Redemption(code), default))
        );
        Assert.Null(await _scene.One.Grants.FindAsync(GrantKind.ReferenceToken, reference, default));
        await _scene.RotateAsync(theirs.RefreshToken!);
    }

    [Fact]
    public async Task A_redemption_and_a_withdrawal_at_the_same_moment_leave_no_live_family()
    {
        for (var round = 0; round < 50; round++)
        {
            var person = await _scene.PersonAsync();
            var code = await _scene.CodeAsync(person);
            var outlives = round % 2 == 0;

            var redeeming = Task.Run(() =>
                _scene.One.Codes.RedeemAsync(
                    GrantScene.Redemption(code) with
                    {
                        OfflineAccessOutlivesSession = outlives,
                    },
                    default
                )
            );
            var withdrawing = Task.Run(() =>
                _scene.Instances[1].Consents.WithdrawAsync(person.UserId, "app", GrantScene.Request, default)
            );
            await Task.WhenAll(redeeming, withdrawing);

            if (await redeeming is GrantRedemption.Granted granted)
                Assert.IsType<GrantRedemption.Refused>(
                    await _scene.One.Refresh.RotateAsync(GrantScene.Rotation(granted.RefreshToken!), default)
                );
        }
    }

    [Fact]
    public async Task Connected_apps_are_consents_and_live_families_together_in_one_command()
    {
        var person = await _scene.PersonAsync();
        var consents = _scene.One.Consents;
        var (first, second) = (await _scene.RedeemAsync(person), await _scene.RedeemAsync(person, outlives: true));
        var ended = await _scene.RedeemAsync(person);
        await _scene.One.Refresh.RevokeAsync(ended.RefreshToken!, "app", null, default);
        await consents.GrantAsync(new(person.UserId, 1), "app", ["email"], null, GrantScene.Request, default);
        await consents.GrantAsync(new(person.UserId, 1), "consent-only", ["openid"], null, GrantScene.Request, default);
        await _scene.ExecuteAsync(
            "UPDATE idp.grants SET created_at = now() - interval '9 days' WHERE user_id = @user AND client_id = "
                + "'consent-only'",
            ("user", person.UserId)
        );
        using var counter = SqlCommandCounter.Start();

        var apps = await consents.ListAsync(person.UserId, default);

        Assert.Equal(1, counter.Commands);
        Assert.Equal(["app", "consent-only"], apps.Select(static app => app.ClientId));
        Assert.Equal(["email", "offline_access", "openid", "profile"], apps[0].Scopes);
        Assert.Equal(new[] { first.Grant.FamilyId, second.Grant.FamilyId }.Order(), apps[0].FamilyIds.Order());
        Assert.Empty(apps[1].FamilyIds);
        Assert.True(apps[0].Since <= apps[0].LastUsed);
        Assert.Empty(await consents.ListAsync((await _scene.PersonAsync()).UserId, default));
    }

    [Fact]
    public async Task A_session_that_is_over_has_no_connected_app_left()
    {
        var person = await _scene.PersonAsync();
        await _scene.RedeemAsync(person);

        await _scene.One.Sessions.EndAsync(person.SessionId, EndReason.Logout, GrantScene.Request, default);

        Assert.Empty(await _scene.One.Consents.ListAsync(person.UserId, default));
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _scene.DisposeAsync();
}
