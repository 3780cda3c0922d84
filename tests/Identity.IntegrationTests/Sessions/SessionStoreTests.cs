using System.Net;
using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Primitives;
using Identity.Core.Sessions;
using Identity.Testing;
using Microsoft.Extensions.Options;

namespace Identity.IntegrationTests.Sessions;

public sealed class SessionStoreTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    private static readonly RequestContext Request = new(IPAddress.Parse("192.0.2.7"), "Mozilla/5.0", "device-secret");

    private Database Db => fixture.Database.Database;

    [Fact]
    public async Task SE_1_only_the_digest_of_the_token_is_stored_and_it_finds_the_session()
    {
        var store = Store();
        var user = await UserAsync();

        var started = await StartAsync(user);

        Assert.Equal(started.Session.Id, (await store.ValidateAsync(started.Token.Digest, default))?.Id);
        Assert.Equal(
            started.Token.Digest.Value,
            await fixture.Database.ScalarAsync<byte[]>(
                "SELECT token_hash FROM sessions WHERE id = @id",
                ("id", started.Session.Id)
            )
        );
        Assert.Null(await store.ValidateAsync(OpaqueToken.Create().Digest, default));
    }

    [Fact]
    public async Task A_session_begins_by_two_commands_with_its_audit_row()
    {
        var user = await UserAsync();
        using var counter = SqlCommandCounter.Start();

        var started = await StartAsync(user);

        Assert.Equal(2, counter.Commands);
        Assert.Equal(
            1,
            await fixture.Database.ScalarAsync<long>(
                """
                SELECT count(*) FROM audit_logs
                WHERE user_id = @user AND event_type = 'login' AND event_status = 'success'
                AND details = jsonb_build_object('session_id', @session::text, 'amr', jsonb_build_array('pwd'))
                AND ip_address = '192.0.2.7' AND user_agent = 'Mozilla/5.0'
                """,
                ("user", user),
                ("session", started.Session.Id.ToString())
            )
        );
    }

    [Fact]
    public async Task SE_2_rotation_makes_the_old_token_worthless()
    {
        var store = Store();
        var started = await StartAsync(await UserAsync());

        var next = await store.RotateAsync(started.Session.Id, default);

        Assert.Null(await store.ValidateAsync(started.Token.Digest, default));
        Assert.Equal(started.Session.Id, (await store.ValidateAsync(next!.Digest, default))?.Id);
    }

    [Theory]
    [InlineData("last_activity_at = now() - interval '3 hours'")]
    [InlineData("created_at = now() - interval '2 days', expires_at = now() - interval '1 second'")]
    public async Task SE_5_a_session_idle_too_long_or_too_old_is_out(string change)
    {
        var store = Store();
        var started = await StartAsync(await UserAsync());

        await fixture.Database.ExecuteAsync($"UPDATE sessions SET {change} WHERE id = @id", ("id", started.Session.Id));

        Assert.Null(await store.ValidateAsync(started.Token.Digest, default));
        Assert.Null(await store.RotateAsync(started.Session.Id, default));
    }

    [Fact]
    public async Task Validation_is_one_statement_and_notes_activity_once_a_minute()
    {
        var store = Store();
        var started = await StartAsync(await UserAsync());
        await fixture.Database.ExecuteAsync(
            "UPDATE sessions SET last_activity_at = now() - interval '5 minutes' WHERE id = @id",
            ("id", started.Session.Id)
        );

        using var counter = SqlCommandCounter.Start();
        await store.ValidateAsync(started.Token.Digest, default);
        var first = await ActivityAsync(started.Session.Id);
        await store.ValidateAsync(started.Token.Digest, default);

        Assert.Equal(2, counter.Commands);
        Assert.True(
            await fixture.Database.ScalarAsync<bool>(
                "SELECT last_activity_at > now() - interval '1 minute' FROM sessions WHERE id = @id",
                ("id", started.Session.Id)
            )
        );
        Assert.Equal(first, await ActivityAsync(started.Session.Id));
    }

    [Theory]
    [InlineData("is_disabled = true")]
    [InlineData("deleted_at = now()")]
    public async Task SE_7_a_disabled_or_deleted_account_has_no_session(string change)
    {
        var store = Store();
        var user = await UserAsync();
        var started = await StartAsync(user);

        await fixture.Database.ExecuteAsync($"UPDATE users SET {change} WHERE id = @id", ("id", user));

        Assert.Null(await store.ValidateAsync(started.Token.Digest, default));
        Assert.IsType<SessionStart.AccountUnavailable>(
            await Starter().StartAsync(new(new(user, 1), ["pwd"], null, Request), default)
        );
    }

    [Fact]
    public async Task SE_8_a_person_ends_their_own_sessions_and_nobody_elses()
    {
        var store = Store();
        var (mine, other) = (await UserAsync(), await UserAsync());
        var (first, second, theirs) = (await StartAsync(mine), await StartAsync(mine), await StartAsync(other));

        Assert.False(await store.EndOwnAsync(mine, theirs.Session.Id, EndReason.Revoked, Request, default));
        Assert.True(await store.EndOwnAsync(mine, first.Session.Id, EndReason.Revoked, Request, default));
        Assert.False(await store.EndOwnAsync(mine, first.Session.Id, EndReason.Revoked, Request, default));

        Assert.Equal(second.Session.Id, Assert.Single(await store.ListAsync(mine, default)).Id);
        Assert.NotNull(await store.ValidateAsync(theirs.Token.Digest, default));
    }

    [Fact]
    public async Task SE_9_thirty_parallel_sign_ins_leave_exactly_the_limit_and_the_newest_stay()
    {
        var user = await UserAsync();

        var started = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => StartAsync(user)));

        var live = await Store().ListAsync(user, default);
        Assert.Equal(10, live.Count);
        var newest = started
            .Select(start => start.Session)
            .OrderByDescending(session => session.CreatedAt)
            .Take(10)
            .Select(session => session.Id);
        Assert.Equal(newest.Order(), live.Select(session => session.Id).Order());
    }

    [Fact]
    public async Task SE_9_when_the_policy_is_to_refuse_the_eleventh_is_refused()
    {
        var user = await UserAsync();
        var starter = Starter(new() { LimitPolicy = SessionLimitPolicy.Refuse });

        var starts = await Task.WhenAll(
            Enumerable.Range(0, 15).Select(_ => starter.StartAsync(new(new(user, 1), ["pwd"], null, Request), default))
        );

        Assert.Equal(
            (10, 5),
            (starts.OfType<SessionStart.Started>().Count(), starts.OfType<SessionStart.LimitReached>().Count())
        );
    }

    [Fact]
    public async Task SE_10_a_step_up_is_noted_audited_and_changes_the_token()
    {
        var store = Store();
        var user = await UserAsync();
        var started = await StartAsync(user);

        var next = await Starter()
            .MarkStepUpAsync(started.Session.Id, new(user, 1), ["otp"], "urn:strong", Request, default);

        var session = await store.ValidateAsync(next!.Digest, default);
        Assert.NotNull(session!.StepUpAt);
        Assert.Equal(["otp", "pwd"], session.Amr);
        Assert.Equal("urn:strong", session.Acr);
        Assert.Null(await store.ValidateAsync(started.Token.Digest, default));
        Assert.Contains(
            await new AuditReader(new StandbyReads(Db)).NewestOfUserAsync(user, 10, default),
            entry => entry.Type == AuditEventTypes.StepUp
        );
    }

    [Fact]
    public async Task LG_4_a_sign_in_is_audited_with_its_session_and_the_device_id_is_not_stored()
    {
        var user = await UserAsync();

        var started = await StartAsync(user);

        var entry = Assert.Single(await new AuditReader(new StandbyReads(Db)).NewestOfUserAsync(user, 10, default));
        Assert.Equal(
            (AuditEventTypes.Login, "success", "192.0.2.7"),
            (entry.Type, entry.Status, entry.IpAddress!.ToString())
        );
        Assert.Contains(started.Session.Id.ToString(), entry.DetailsJson, StringComparison.Ordinal);
        Assert.DoesNotContain(
            "device-secret",
            await fixture.Database.ScalarAsync<string>(
                "SELECT to_jsonb(s)::text FROM sessions s WHERE id = @id",
                ("id", started.Session.Id)
            ),
            StringComparison.Ordinal
        );
    }

    private SessionStore Store() => new(Db, Options.Create(new SessionOptions()));

    private SessionStarter Starter(SessionOptions? options = null) =>
        new(Db, Store(), new AuditLog(Db), Options.Create(options ?? new()));

    private async Task<SessionStart.Started> StartAsync(Guid user) =>
        Assert.IsType<SessionStart.Started>(
            await Starter().StartAsync(new(new(user, 1), ["pwd"], null, Request), default)
        );

    private Task<DateTime> ActivityAsync(Guid id) =>
        fixture.Database.ScalarAsync<DateTime>("SELECT last_activity_at FROM sessions WHERE id = @id", ("id", id));

    private async Task<Guid> UserAsync() =>
        await Db.QuerySingleOrDefaultAsync(
            "INSERT INTO users (email) VALUES (@email) RETURNING id",
            static row => row.GetGuid(0),
            default,
            ("email", $"{Guid.NewGuid():N}@example.org")
        );
}
