using System.Net;
using System.Security.Cryptography;
using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Grants;
using Identity.Core.Grants.BackchannelAuthentication;
using Identity.Core.Grants.DeviceAuthorization;
using Identity.Core.Grants.Polling;
using Identity.Core.Keys;
using Identity.Core.Throttling;
using Identity.Testing;

namespace Identity.IntegrationTests.Grants;

/// <summary>The device grant (RFC 8628) and CIBA in poll mode, over real PostgreSQL.</summary>
public sealed class PolledGrantTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    private static readonly MasterKey Master = new(RandomNumberGenerator.GetBytes(32));
    private static readonly RequestContext From = new(IPAddress.Parse("198.51.100.7"), "TV/1.0", null);
    private static readonly GrantDetails Details = new()
    {
        AuthTime = 1_700_000_000,
        Amr = ["pwd", "otp"],
        Acr = "aal2",
    };

    private Database Db => fixture.Database.Database;

    private DeviceAuthorizationStore Devices => new(Db, Master, new AttemptLimiter(Db, Master), new AuditLog(Db));

    private BackchannelAuthenticationStore Ciba => new(Db, Master, new AuditLog(Db));

    [Fact]
    public async Task A_device_waits_then_gets_what_the_person_granted_once()
    {
        var (user, session) = await PersonAsync();
        var codes = await Devices.IssueAsync(new("tv", ["openid", "api"], [], null, From), default);
        Assert.IsType<PollResult.Pending>(await Devices.PollAsync(codes.DeviceCode, "tv", default));

        var found = Assert.IsType<UserCodeLookup.Found>(
            await Devices.FindAsync(" " + codes.UserCode.Display.ToLowerInvariant(), user, From, default)
        );
        Assert.Equal(
            ("tv", "198.51.100.7", "TV/1.0"),
            (found.Device.ClientId, found.Device.IpAddress!.ToString(), found.Device.UserAgent)
        );
        Assert.True(
            await Devices.ApproveAsync(new(found.Device.Id, new(user, 1, session), ["openid"], Details), From, default)
        );

        var polls = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(_ => Devices.PollAsync(codes.DeviceCode, "tv", default))
        );
        var approved = Assert.Single(polls.OfType<PollResult.Approved>()).Request;
        Assert.Equal(19, polls.OfType<PollResult.Unknown>().Count());
        Assert.Equal((user, session, "tv"), (approved.UserId, approved.SessionId, approved.ClientId));
        Assert.Equal(["openid"], approved.Scopes);
        Assert.Equal(("aal2", 1_700_000_000L), (approved.Details.Acr, approved.Details.AuthTime));
    }

    [Fact]
    public async Task DV_3_polling_too_often_slows_down_and_the_pause_grows()
    {
        var codes = await Devices.IssueAsync(new("tv", ["openid"], [], null, From), default);

        Assert.IsType<PollResult.Pending>(await Devices.PollAsync(codes.DeviceCode, "tv", default));
        Assert.Equal(
            TimeSpan.FromSeconds(10),
            Assert.IsType<PollResult.SlowDown>(await Devices.PollAsync(codes.DeviceCode, "tv", default)).Interval
        );
        Assert.Equal(
            TimeSpan.FromSeconds(15),
            Assert.IsType<PollResult.SlowDown>(await Devices.PollAsync(codes.DeviceCode, "tv", default)).Interval
        );
        await fixture.Database.ExecuteAsync(
            "UPDATE idp.grants SET data = jsonb_set(data, '{polled_at}', to_jsonb(extract(epoch FROM now()) - 16)) "
                + "WHERE kind = 'device_code'"
        );
        Assert.IsType<PollResult.Pending>(await Devices.PollAsync(codes.DeviceCode, "tv", default));
    }

    [Fact]
    public async Task A_denial_is_told_once_an_expired_request_as_such_and_a_code_belongs_to_its_client()
    {
        var (user, session) = await PersonAsync();
        var denied = await Devices.IssueAsync(new("tv", ["openid"], [], null, From), default);
        var id = await IdAsync(denied, user);
        Assert.True(await Devices.DenyAsync(id, user, From, default));
        Assert.False(await Devices.ApproveAsync(new(id, new(user, 1, session), ["openid"], Details), From, default));
        Assert.IsType<PollResult.Unknown>(await Devices.PollAsync(denied.DeviceCode, "other", default));
        Assert.IsType<PollResult.Denied>(await Devices.PollAsync(denied.DeviceCode, "tv", default));
        Assert.IsType<PollResult.Unknown>(await Devices.PollAsync(denied.DeviceCode, "tv", default));

        var late = await Devices.IssueAsync(new("tv", ["openid"], [], null, From), default);
        var lateId = await IdAsync(late, user);
        await fixture.Database.ExecuteAsync(
            "UPDATE idp.grants SET created_at = now() - interval '1 hour', expires_at = now() - interval '1 second' "
                + "WHERE id = @id",
            ("id", lateId)
        );
        Assert.False(
            await Devices.ApproveAsync(new(lateId, new(user, 1, session), ["openid"], Details), From, default)
        );
        Assert.IsType<PollResult.Expired>(await Devices.PollAsync(late.DeviceCode, "tv", default));
        Assert.IsType<UserCodeLookup.NotFound>(await Devices.FindAsync(late.UserCode.Value, user, From, default));
    }

    [Fact]
    public async Task More_scope_than_was_asked_for_or_a_session_of_somebody_else_cannot_be_granted()
    {
        var (user, session) = await PersonAsync();
        var (other, _) = await PersonAsync();
        var id = await IdAsync(await Devices.IssueAsync(new("tv", ["openid"], [], null, From), default), user);

        Assert.False(
            await Devices.ApproveAsync(new(id, new(user, 1, session), ["openid", "api"], Details), From, default)
        );
        Assert.False(await Devices.ApproveAsync(new(id, new(other, 1, session), ["openid"], Details), From, default));
        Assert.True(await Devices.ApproveAsync(new(id, new(user, 1, session), ["openid"], Details), From, default));
    }

    [Fact]
    public async Task An_approval_dies_with_the_session_that_gave_it()
    {
        var (user, session) = await PersonAsync();
        var codes = await Devices.IssueAsync(new("tv", ["openid"], [], null, From), default);
        Assert.True(
            await Devices.ApproveAsync(
                new(await IdAsync(codes, user), new(user, 1, session), ["openid"], Details),
                From,
                default
            )
        );

        await Db.QuerySingleOrDefaultAsync(
            "SELECT idp.end_sessions(ARRAY[@id], 'logout')",
            static row => row.GetInt32(0),
            default,
            ("id", session)
        );

        Assert.IsType<PollResult.Denied>(await Devices.PollAsync(codes.DeviceCode, "tv", default));
    }

    [Fact]
    public async Task An_approval_whose_tokens_could_not_be_made_is_left_to_the_next_poll()
    {
        var (user, session) = await PersonAsync();
        var codes = await Devices.IssueAsync(new("tv", ["openid"], [], null, From), default);
        Assert.True(
            await Devices.ApproveAsync(
                new(await IdAsync(codes, user), new(user, 1, session), ["openid"], Details),
                From,
                default
            )
        );

        await Assert.ThrowsAsync<IOException>(() =>
            Devices.PollAsync<string>(
                codes.DeviceCode,
                "tv",
                static (_, _, _) => throw new IOException("The lights went out."),
                default
            )
        );
        var (result, issued) = await Devices.PollAsync(
            codes.DeviceCode,
            "tv",
            static (_, request, _) => Task.FromResult(request.ClientId),
            default
        );

        Assert.IsType<PollResult.Approved>(result);
        Assert.Equal("tv", issued);
        Assert.IsType<PollResult.Unknown>(
            (
                await Devices.PollAsync(codes.DeviceCode, "tv", static (_, _, _) => Task.FromResult("again"), default)
            ).Result
        );
    }

    [Fact]
    public async Task DV_1_of_fifty_parallel_guesses_ten_are_looked_at_and_right_codes_never_use_the_limit_up()
    {
        var (user, _) = await PersonAsync();
        var there = From with { IpAddress = IPAddress.Parse("203.0.113.9") };
        var codes = await Devices.IssueAsync(new("tv", ["openid"], [], null, From), default);
        for (var i = 0; i < 12; i++)
            Assert.IsType<UserCodeLookup.Found>(await Devices.FindAsync(codes.UserCode.Display, user, there, default));

        var guesses = await Task.WhenAll(
            Enumerable.Range(0, 50).Select(_ => Devices.FindAsync(UserCode.Create().Value, user, there, default))
        );

        Assert.Equal(
            (10, 40),
            (guesses.OfType<UserCodeLookup.NotFound>().Count(), guesses.OfType<UserCodeLookup.Throttled>().Count())
        );
        Assert.IsType<UserCodeLookup.Throttled>(await Devices.FindAsync(codes.UserCode.Display, user, there, default));
        Assert.Equal(
            1L,
            await fixture.Database.ScalarAsync<long>(
                "SELECT count(*) FROM audit_logs WHERE user_id = @id AND event_type = 'attempts_paused'",
                ("id", user)
            )
        );
    }

    [Fact]
    public async Task Neither_code_stands_in_the_database()
    {
        var codes = await Devices.IssueAsync(new("tv", ["openid"], [], null, From), default);

        var text = await fixture.Database.ScalarAsync<string>(
            "SELECT string_agg(to_jsonb(g)::text, ' ') FROM idp.grants g"
        );

        Assert.DoesNotContain(codes.DeviceCode, text, StringComparison.Ordinal);
        Assert.DoesNotContain(codes.UserCode.Value, text, StringComparison.Ordinal);
        Assert.Matches("^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$", codes.UserCode.Display);
    }

    [Fact]
    public async Task CIBA_asks_the_one_person_and_nobody_is_worn_down_by_asking()
    {
        var (user, session) = await PersonAsync();
        var (other, otherSession) = await PersonAsync();
        var request = new BackchannelRequest(
            "bank",
            user,
            "ada@example.com",
            ["openid"],
            "W4SCT",
            [],
            null,
            TimeSpan.FromMinutes(2),
            From
        );

        var starts = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Ciba.StartAsync(request, default)));

        var started = starts.OfType<BackchannelStart.Started>().ToArray();
        Assert.Equal((3, 7), (started.Length, starts.OfType<BackchannelStart.TooMany>().Count()));
        Assert.Empty(await Ciba.ListWaitingAsync(other, default));
        var waiting = await Ciba.ListWaitingAsync(user, default);
        Assert.All(waiting, static one => Assert.Equal("W4SCT", one.BindingMessage));
        Assert.False(
            await Ciba.ApproveAsync(new(waiting[0].Id, new(other, 1, otherSession), ["openid"], Details), From, default)
        );
        Assert.False(await Ciba.DenyAsync(waiting[0].Id, other, From, default));
        Assert.True(
            await Ciba.ApproveAsync(new(waiting[0].Id, new(user, 1, session), ["openid"], Details), From, default)
        );
        Assert.Equal(2, (await Ciba.ListWaitingAsync(user, default)).Count);
        var polls = await Task.WhenAll(started.Select(one => Ciba.PollAsync(one.AuthReqId, "bank", default)));
        Assert.Single(polls.OfType<PollResult.Approved>());
        Assert.Equal(2, polls.OfType<PollResult.Pending>().Count());
    }

    [Theory]
    [InlineData("W4SCT", true)]
    [InlineData("Zahlung: 12,50 €", true)]
    [InlineData("", false)]
    [InlineData(" x", false)]
    [InlineData("a\u202Eb", false)]
    [InlineData("a\u200Bb", false)]
    [InlineData("a\nb", false)]
    [InlineData("<b>", false)]
    public void A_binding_message_is_short_and_plain(string message, bool acceptable) =>
        Assert.Equal(acceptable, BindingMessage.IsAcceptable(message));

    private async Task<Guid> IdAsync(DeviceCodes codes, Guid user) =>
        Assert
            .IsType<UserCodeLookup.Found>(await Devices.FindAsync(codes.UserCode.Value, user, From, default))
            .Device.Id;

    private async Task<(Guid User, Guid Session)> PersonAsync()
    {
        var user = await Db.QuerySingleOrDefaultAsync(
            "INSERT INTO users (email) VALUES (@email) RETURNING id",
            static row => row.GetGuid(0),
            default,
            ("email", $"{Guid.NewGuid():N}@example.org")
        );
        var session = await Db.QuerySingleOrDefaultAsync(
            """
            INSERT INTO sessions (user_id, token_hash, auth_time, expires_at, amr)
                VALUES (@user, sha256(gen_random_uuid()::text::bytea), now(), now() + interval '1 day', '{pwd}')
                RETURNING id
            """,
            static row => row.GetGuid(0),
            default,
            ("user", user)
        );
        return (user, session);
    }
}
