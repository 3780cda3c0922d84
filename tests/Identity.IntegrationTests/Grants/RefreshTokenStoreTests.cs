using Identity.Core.Data;
using Identity.Core.Grants;
using Identity.Core.Primitives;
using Identity.Core.Sessions;
using Identity.Testing;

namespace Identity.IntegrationTests.Grants;

public sealed class RefreshTokenStoreTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>, IAsyncLifetime
{
    private static readonly TimeSpan AfterGrace = GrantScene.Grace + TimeSpan.FromSeconds(1);
    private readonly GrantScene _scene = new(fixture.Database);

    [Fact]
    public async Task A_good_rotation_is_one_command_and_keeps_what_the_sign_in_was()
    {
        var first = await _scene.RedeemAsync(await _scene.PersonAsync());
        await _scene.ExecuteAsync(
            "UPDATE users SET name = 'Ada L.' WHERE id = @user",
            ("user", first.Grant.Subject.Id)
        );
        using var counter = SqlCommandCounter.Start();

        var second = await _scene.RotateAsync(first.RefreshToken!);

        Assert.Equal(1, counter.Commands);
        Assert.NotEqual(first.RefreshToken, second.RefreshToken);
        Assert.Equal(
            (first.Grant.FamilyId, first.Grant.SessionId, 1_700_000_000, "urn:strong"),
            (second.Grant.FamilyId, second.Grant.SessionId, second.Grant.Details.AuthTime, second.Grant.Details.Acr)
        );
        Assert.Equal("Ada L.", second.Grant.Subject.Name);
        Assert.Null(second.Grant.Nonce);
        Assert.Equal(
            (1L, 1L),
            (
                await _scene.AuditAsync(first.Grant.Subject.Id, "token_issued"),
                await _scene.AuditAsync(first.Grant.Subject.Id, "token_refreshed")
            )
        );
    }

    [Fact]
    public async Task A_rotation_costs_the_same_however_many_came_before_also_where_PostgreSQL_has_no_statistics_yet()
    {
        await using var database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        await using var scene = new GrantScene(database);
        await scene.ExecuteAsync(
            "ALTER TABLE refresh_tokens SET (autovacuum_enabled = false); ALTER TABLE idp.token_families "
                + "SET (autovacuum_enabled = false)"
        );
        var person = await scene.PersonAsync();

        for (var family = 0; family < 20; family++)
        {
            var token = (await scene.RedeemAsync(person)).RefreshToken!;
            for (var generation = 0; generation < 20; generation++)
                token = (await scene.RotateAsync(token)).RefreshToken!;
        }

        // Connections hand in what they counted when they end.
        await scene.DisposeAsync();
        var fetched = 0L;
        for (var wait = 0; wait < 100 && fetched == 0; wait++)
        {
            await Task.Delay(50);
            fetched = await scene.ScalarAsync<long>(
                "SELECT sum(seq_tup_read + idx_tup_fetch)::bigint FROM pg_stat_user_tables "
                    + "WHERE relname IN ('refresh_tokens', 'token_families')"
            );
        }
        Assert.InRange(fetched, 400, 400 * 5);
    }

    [Fact]
    public async Task OA_10_of_twenty_parallel_rotations_all_get_the_same_successor_a_hundred_times()
    {
        var person = await _scene.PersonAsync();
        for (var round = 0; round < 100; round++)
        {
            var first = await _scene.RedeemAsync(person);

            var results = await Task.WhenAll(
                Enumerable
                    .Range(0, 20)
                    .Select(n =>
                        Task.Run(() =>
                            _scene
                                .Instances[n % 2]
                                .Refresh.RotateAsync(GrantScene.Rotation(first.RefreshToken!), default)
                        )
                    )
            );

            var successor = Assert.Single(
                results.Select(result => Assert.IsType<GrantRedemption.Granted>(result).RefreshToken).Distinct()
            );
            Assert.Equal(1, await _scene.LiveLeavesAsync(first.Grant.FamilyId));
            Assert.Equal(
                2,
                (await _scene.One.Families.GenerationsAsync([first.Grant.FamilyId], 10, default))[first.Grant.FamilyId]
                    .Count()
            );
            await _scene.RotateAsync(successor!);
        }
        Assert.Equal(0, await _scene.AuditAsync(person.UserId, "token_reuse"));
    }

    [Fact]
    public async Task OA_10_parallel_rotations_without_grace_leave_no_live_leaf_a_hundred_times()
    {
        for (var round = 0; round < 100; round++)
        {
            var person = await _scene.PersonAsync();
            var first = await _scene.RedeemAsync(person);

            var results = await Task.WhenAll(
                Enumerable
                    .Range(0, 20)
                    .Select(n =>
                        Task.Run(() =>
                            _scene
                                .Instances[n % 2]
                                .Refresh.RotateAsync(
                                    GrantScene.Rotation(first.RefreshToken!) with
                                    {
                                        Grace = TimeSpan.Zero,
                                    },
                                    default
                                )
                        )
                    )
            );

            Assert.Single(results.OfType<GrantRedemption.Granted>());
            Assert.Equal(0, await _scene.LiveLeavesAsync(first.Grant.FamilyId));
            Assert.Equal(
                (0L, 1L),
                (
                    await _scene.AuditAsync(person.UserId, "token_reuse"),
                    await _scene.AuditAsync(person.UserId, "token_revoked")
                )
            );
        }
    }

    [Fact]
    public async Task OA_10_an_answer_that_was_lost_may_be_asked_for_again_within_the_grace()
    {
        var first = await _scene.RedeemAsync(await _scene.PersonAsync());
        // The instance is killed between its commit and its answer: nobody has seen the successor, and another instance
        // is asked.
        _ = await _scene.RotateAsync(first.RefreshToken!);
        using var counter = SqlCommandCounter.Start();

        var again = Assert.IsType<GrantRedemption.Granted>(
            await _scene.Instances[1].Refresh.RotateAsync(GrantScene.Rotation(first.RefreshToken!), default)
        );

        // The joint statement found nothing to claim, nor did the single one; the third says why.
        Assert.Equal(3, counter.Commands);
        Assert.Equal(1_700_000_000, again.Grant.Details.AuthTime);
        Assert.Equal(1, await _scene.LiveLeavesAsync(first.Grant.FamilyId));
        await _scene.RotateAsync(again.RefreshToken!);
    }

    [Fact]
    public async Task OA_10_a_replay_of_the_grandparent_ends_the_family_even_within_the_grace()
    {
        var first = await _scene.RedeemAsync(await _scene.PersonAsync());
        var third = await _scene.RotateAsync((await _scene.RotateAsync(first.RefreshToken!)).RefreshToken!);

        var replay = await _scene.One.Refresh.RotateAsync(GrantScene.Rotation(first.RefreshToken!), default);

        Assert.Equal(GrantRefusal.Reused, GrantScene.Reason(replay));
        Assert.IsType<GrantRedemption.Refused>(
            await _scene.One.Refresh.RotateAsync(GrantScene.Rotation(third.RefreshToken!), default)
        );
    }

    [Fact]
    public async Task OA_12_a_wrong_client_key_or_scope_is_refused_and_burns_nothing()
    {
        var first = await _scene.RedeemAsync(await _scene.PersonAsync(), confirmation: """{"jkt":"key-1"}""");
        var good = GrantScene.Rotation(first.RefreshToken!) with { Confirmation = """{"jkt":"key-1"}""" };
        (RefreshRotation Try, GrantRefusal Reason)[] tries =
        [
            (good with { ClientId = "other" }, GrantRefusal.WrongClient),
            (good with { Confirmation = null }, GrantRefusal.WrongProof),
            (good with { Confirmation = """{"jkt":"key-2"}""" }, GrantRefusal.WrongProof),
            (good with { RequestedScopes = ["openid", "email"] }, GrantRefusal.ScopeExceeded),
            (good with { RefreshToken = OpaqueToken.Create().Value }, GrantRefusal.Unknown),
            (good with { RefreshToken = "\0" }, GrantRefusal.Unknown),
        ];

        foreach (var (attempt, reason) in tries)
            Assert.Equal(reason, GrantScene.Reason(await _scene.One.Refresh.RotateAsync(attempt, default)));
        var second = Assert.IsType<GrantRedemption.Granted>(await _scene.One.Refresh.RotateAsync(good, default));
        // The same holds of a replay within the grace.
        foreach (var (attempt, reason) in tries)
            Assert.Equal(reason, GrantScene.Reason(await _scene.One.Refresh.RotateAsync(attempt, default)));

        Assert.Equal(
            second.RefreshToken,
            Assert.IsType<GrantRedemption.Granted>(await _scene.One.Refresh.RotateAsync(good, default)).RefreshToken
        );
    }

    [Fact]
    public async Task A_stranger_who_replays_after_the_grace_ends_nothing()
    {
        var first = await _scene.RedeemAsync(await _scene.PersonAsync());
        var second = await _scene.RotateAsync(first.RefreshToken!);
        await _scene.AgeAsync(first.RefreshToken!, AfterGrace);

        var replay = await _scene.One.Refresh.RotateAsync(
            GrantScene.Rotation(first.RefreshToken!) with
            {
                ClientId = "other",
            },
            default
        );

        Assert.Equal(GrantRefusal.WrongClient, GrantScene.Reason(replay));
        await _scene.RotateAsync(second.RefreshToken!);
    }

    [Fact]
    public async Task A_narrowed_scope_holds_for_its_answer_only()
    {
        var first = await _scene.RedeemAsync(await _scene.PersonAsync());

        var narrow = Assert.IsType<GrantRedemption.Granted>(
            await _scene.One.Refresh.RotateAsync(
                GrantScene.Rotation(first.RefreshToken!) with
                {
                    RequestedScopes = ["openid"],
                },
                default
            )
        );
        var whole = await _scene.RotateAsync(narrow.RefreshToken!);

        Assert.Equal(["openid"], narrow.Grant.Scopes);
        Assert.Equal(["openid", "profile", "offline_access"], whole.Grant.Scopes);
    }

    [Theory]
    [InlineData("UPDATE users SET is_disabled = true WHERE id = @user", GrantRefusal.SessionOver)]
    [InlineData("UPDATE users SET deleted_at = now() WHERE id = @user", GrantRefusal.SessionOver)]
    [InlineData(
        "UPDATE sessions SET created_at = now() - interval '2 days', expires_at = now() WHERE user_id = @user",
        GrantRefusal.SessionOver
    )]
    [InlineData(
        "UPDATE refresh_tokens SET expires_at = now() WHERE family_id IN (SELECT id FROM idp.token_families "
            + "WHERE user_id = @user)",
        GrantRefusal.Expired
    )]
    [InlineData(
        "UPDATE idp.token_families SET absolute_expires_at = now() WHERE user_id = @user",
        GrantRefusal.Expired
    )]
    [InlineData("UPDATE idp.token_families SET revoked_at = now() WHERE user_id = @user", GrantRefusal.Revoked)]
    [InlineData(
        "SELECT idp.end_sessions(ARRAY (SELECT id FROM sessions WHERE user_id = @user), 'logout')",
        GrantRefusal.Revoked
    )]
    public async Task SE_7_OA_11_what_has_ended_is_not_refreshed(string change, GrantRefusal reason)
    {
        var person = await _scene.PersonAsync();
        var first = await _scene.RedeemAsync(person);
        await _scene.ExecuteAsync(change, ("user", person.UserId));

        var rotated = await _scene.One.Refresh.RotateAsync(GrantScene.Rotation(first.RefreshToken!), default);

        Assert.Equal(reason, GrantScene.Reason(rotated));
        Assert.False((await _scene.One.Refresh.InspectAsync(first.RefreshToken!, default))!.IsActive);
    }

    [Fact]
    public async Task OA_11_no_token_outlives_its_family_nor_the_session_it_hangs_on()
    {
        var first = await _scene.RedeemAsync(await _scene.PersonAsync());
        await _scene.ExecuteAsync(
            "UPDATE idp.token_families SET absolute_expires_at = now() + interval '1 hour' WHERE id = @f",
            ("f", first.Grant.FamilyId)
        );
        var ends = await _scene.ScalarAsync<DateTime>(
            "SELECT absolute_expires_at FROM idp.token_families WHERE id = @f",
            ("f", first.Grant.FamilyId)
        );

        var second = await _scene.RotateAsync(first.RefreshToken!);

        var session = await _scene.ScalarAsync<DateTime>(
            "SELECT expires_at FROM sessions WHERE id = @s",
            ("s", first.Grant.SessionId!.Value)
        );
        Assert.Equal(
            session,
            (await _scene.One.Refresh.InspectAsync(first.RefreshToken!, default))!.ExpiresAt.UtcDateTime
        );
        Assert.Equal(
            ends,
            (await _scene.One.Refresh.InspectAsync(second.RefreshToken!, default))!.ExpiresAt.UtcDateTime
        );
    }

    [Fact]
    public async Task The_successor_stands_in_the_database_so_that_only_its_parent_opens_it()
    {
        var person = await _scene.PersonAsync();
        var (first, other) = (await _scene.RedeemAsync(person), await _scene.RedeemAsync(person));
        var second = await _scene.RotateAsync(first.RefreshToken!);
        await _scene.RotateAsync(other.RefreshToken!);
        // Someone who can write the database moves the sealed successor under a token that they hold.
        await _scene.ExecuteAsync(
            """
            UPDATE refresh_tokens SET successor_sealed = (SELECT successor_sealed FROM refresh_tokens
                WHERE token_hash = @from) WHERE token_hash = @to
            """,
            ("from", Sha256Digest.Of(first.RefreshToken!).Value),
            ("to", Sha256Digest.Of(other.RefreshToken!).Value)
        );

        var stolen = await _scene.One.Refresh.RotateAsync(GrantScene.Rotation(other.RefreshToken!), default);

        Assert.IsType<GrantRedemption.Refused>(stolen);
        Assert.Equal(
            0,
            await _scene.ScalarAsync<long>(
                "SELECT count(*) FROM refresh_tokens t WHERE strpos(t::text, @token) > 0",
                ("token", second.RefreshToken!)
            )
        );
    }

    [Fact]
    public async Task A_rotation_and_the_end_of_the_session_at_the_same_moment_leave_no_live_leaf()
    {
        for (var round = 0; round < 50; round++)
        {
            var person = await _scene.PersonAsync();
            var first = await _scene.RedeemAsync(person, outlives: round % 2 == 0);

            var rotating = Task.Run(() =>
                _scene.One.Refresh.RotateAsync(GrantScene.Rotation(first.RefreshToken!), default)
            );
            var ending = Task.Run(() =>
                _scene
                    .Instances[1]
                    .Sessions.EndAllAsync(person.UserId, null, EndReason.PasswordReset, GrantScene.Request, default)
            );
            await Task.WhenAll(rotating, ending);

            Assert.Equal(
                0,
                await _scene.ScalarAsync<long>(
                    "SELECT count(*) FROM refresh_tokens WHERE family_id = @f AND used_at IS NULL "
                        + "AND revoked_at IS NULL",
                    ("f", first.Grant.FamilyId)
                )
            );
        }
    }

    private Task<RefreshRevocation> RevokeAsync(string token, string client = GrantScene.Client) =>
        _scene.One.Refresh.RevokeAsync(token, client, null, default);

    [Fact]
    public async Task Revocation_ends_the_family_in_one_command_and_leaves_a_strangers_token_alone()
    {
        var person = await _scene.PersonAsync();
        var first = await _scene.RedeemAsync(person);
        var second = await _scene.RotateAsync(first.RefreshToken!);

        Assert.Equal(RefreshRevocation.OfAnotherClient, await RevokeAsync(second.RefreshToken!, "other"));
        Assert.Equal(RefreshRevocation.Unknown, await RevokeAsync(OpaqueToken.Create().Value));
        Assert.True((await _scene.One.Refresh.InspectAsync(second.RefreshToken!, default))!.IsActive);
        using var counter = SqlCommandCounter.Start();
        // A used token names its family as well as the newest does.
        Assert.Equal(RefreshRevocation.Revoked, await RevokeAsync(first.RefreshToken!));

        Assert.Equal(1, counter.Commands);
        Assert.Equal(
            GrantRefusal.Revoked,
            GrantScene.Reason(await _scene.One.Refresh.RotateAsync(GrantScene.Rotation(second.RefreshToken!), default))
        );
        Assert.Null(
            await _scene.One.Subjects.ReadAsync(person.UserId, person.SessionId, first.Grant.FamilyId, default)
        );
        Assert.True(
            await _scene.ScalarAsync<bool>("SELECT is_active FROM sessions WHERE id = @s", ("s", person.SessionId))
        );
        Assert.Equal(1, await _scene.AuditAsync(person.UserId, "token_revoked"));
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _scene.DisposeAsync();
}
