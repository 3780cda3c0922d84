using Identity.Core.Data;
using Identity.Core.Grants;
using Identity.Core.Keys;
using Identity.Core.Primitives;
using Identity.Core.Sessions;
using Identity.Testing;
using Npgsql;

namespace Identity.IntegrationTests.Grants;

/// <summary>Many rotations in one statement: each as if it were alone, and none that waits.</summary>
public sealed class RefreshBatchTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>, IAsyncLifetime
{
    private const string Key = """{"jkt":"key-1"}""";
    private static readonly SuccessorProtector Protector = new(
        new MasterKey([.. Enumerable.Range(0, 32).Select(static number => (byte)number)])
    );

    private readonly GrantScene _scene = new(fixture.Database);

    private RefreshRotator Rotator => new(_scene.One.Database, new SessionOptions(), new GrantOptions());

    // What is done to a family before it is refreshed, and how it is asked for. Those with "alone" are left to the
    // single statement, whatever it says then.
    private static readonly Case[] Cases =
    [
        new("good"),
        new("expired", "UPDATE refresh_tokens SET expires_at = now() WHERE token_hash = @hash"),
        new("revoked", "UPDATE refresh_tokens SET revoked_at = now() WHERE token_hash = @hash"),
        new("used", "UPDATE refresh_tokens SET used_at = now() WHERE token_hash = @hash"),
        new("family revoked", "UPDATE idp.token_families SET revoked_at = now() WHERE id = @family"),
        new("family over", "UPDATE idp.token_families SET absolute_expires_at = now() WHERE id = @family"),
        new("session ended", "UPDATE sessions SET is_active = false, revoked_at = now() WHERE user_id = @user"),
        new(
            "session over",
            "UPDATE sessions SET created_at = now() - interval '2 s', expires_at = now() WHERE user_id = @user"
        ),
        new("disabled", "UPDATE users SET is_disabled = true WHERE id = @user"),
        new("deleted", "UPDATE users SET deleted_at = now() WHERE id = @user"),
        new("stale session", "UPDATE sessions SET last_activity_at = now() - interval '5 min' WHERE user_id = @user"),
        new("idle session", "UPDATE sessions SET last_activity_at = now() - interval '90 d' WHERE user_id = @user"),
        new("own session", "UPDATE sessions SET last_activity_at = now() - interval '90 d' WHERE user_id = @user")
        {
            Outlives = true,
        },
        new("other client") { Ask = static asked => asked with { ClientId = "other" } },
        new("fewer scopes") { Ask = static asked => asked with { RequestedScopes = ["openid"] } },
        new("no scope") { Ask = static asked => asked with { RequestedScopes = [] } },
        new("more scopes") { Ask = static asked => asked with { RequestedScopes = ["openid", "email"] } },
        new("from nowhere") { Ask = static asked => asked with { Request = null } },
        new("short life") { Ask = static asked => asked with { IdleLifetime = TimeSpan.FromMinutes(1) } },
        new("its key") { Bound = Key, Ask = static asked => asked with { Confirmation = Key } },
        new("a wrong key") { Bound = Key, Ask = static asked => asked with { Confirmation = """{"jkt":"key-2"}""" } },
        new("no key") { Bound = Key },
        new("its key, which binds")
        {
            Bound = Key,
            Ask = static asked => asked with { Confirmation = Key, BindsFamily = true },
        },
        new("bound tokens", SenderConstrained) { Ask = static asked => asked with { Confirmation = Key } },
        new("bound tokens and no key", SenderConstrained),
        new("first key") { Alone = true, Ask = static asked => asked with { Confirmation = Key, BindsFamily = true } },
        new("first proof") { Alone = true, Ask = static asked => asked with { Confirmation = Key } },
    ];

    private const string SenderConstrained =
        """UPDATE idp.token_families SET details = details || '{"sender_constrained": true}' WHERE id = @family""";

    [Fact]
    public async Task Each_of_a_batch_ends_as_it_would_alone()
    {
        List<(Case Case, RotationRequest Together, RotationRequest Alone)> pairs = [];
        foreach (var one in Cases)
            pairs.Add((one, await PrepareAsync(one), await PrepareAsync(one)));

        var together = await Rotator.RotateManyAsync([.. pairs.Select(static pair => pair.Together)]);

        foreach (var ((one, inBatch, twin), inStatement) in pairs.Zip(together))
        {
            var alone = await Rotator.RotateOneAsync(twin, default);
            if (one.Alone)
                Assert.True(alone is not null && inStatement is null, one.Name);
            var answer = one.Alone ? await Rotator.RotateOneAsync(inBatch, default) : inStatement;
            Assert.Equal((one.Name, Told(alone, twin)), (one.Name, Told(answer, inBatch)));
            Assert.Equal((one.Name, await RowsAsync(twin)), (one.Name, await RowsAsync(inBatch)));
        }
    }

    [Fact]
    public async Task Of_two_equal_tokens_one_wins_and_both_get_its_successor()
    {
        var token = await TokenAsync();
        var (first, second, stranger) = (Request(token), Request(token), Request(token, "other"));

        var answers = await Rotator.RotateManyAsync([stranger, first, second]);

        Assert.Null(answers[0]);
        var winner = Assert.Single(answers, static answer => answer is not null)!;
        var again = Assert.IsType<GrantRedemption.Granted>(
            await _scene.One.Refresh.RotateAsync(GrantScene.Rotation(token), default)
        );
        Assert.Equal(winner.RefreshToken, again.RefreshToken);
        Assert.Equal(1, await _scene.LiveLeavesAsync(winner.Grant.FamilyId));
    }

    [Fact]
    public async Task A_parent_and_its_leaf_at_once_rotate_the_leaf_alone()
    {
        var parent = await TokenAsync();
        var leaf = (await _scene.RotateAsync(parent)).RefreshToken!;

        var answers = await Rotator.RotateManyAsync([Request(parent), Request(leaf)]);

        Assert.Null(answers[0]);
        Assert.NotNull(answers[1]);
        Assert.Equal(
            GrantRefusal.Reused,
            GrantScene.Reason(await _scene.One.Refresh.RotateAsync(GrantScene.Rotation(parent), default))
        );
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_session_that_is_being_ended_holds_up_nobody_else_and_is_decided_by_its_end(bool ends)
    {
        var (person, other) = (await _scene.PersonAsync(), await TokenAsync());
        var token = (await _scene.RedeemAsync(person)).RefreshToken!;
        await using var connection = await fixture.Database.Application.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (
            NpgsqlCommand end = new("SELECT idp.end_sessions(ARRAY[@session], 'logout')", connection, transaction)
            {
                Parameters = { new("session", person.SessionId) },
            }
        )
            await end.ExecuteNonQueryAsync();

        var answers = await Rotator.RotateManyAsync([Request(token), Request(other)]);
        var waiting = _scene.One.Refresh.RotateAsync(GrantScene.Rotation(token), default);
        await WaitForLockAsync();

        Assert.Null(answers[0]);
        Assert.NotNull(answers[1]);
        Assert.False(waiting.IsCompleted);
        if (ends)
            await transaction.CommitAsync();
        else
            await transaction.RollbackAsync();
        Assert.Equal(!ends, await waiting is GrantRedemption.Granted);
    }

    [Fact]
    public async Task A_value_that_the_database_refuses_fails_its_own_request_and_no_other()
    {
        var rotations = new RefreshRotation[20];
        for (var i = 0; i < rotations.Length; i++)
            rotations[i] = GrantScene.Rotation(await TokenAsync()) with
            {
                ClientId = i is 3 or 11 ? "a\0b" : GrantScene.Client,
            };

        var answers = await Task.WhenAll(rotations.Select(rotation => TryAsync(rotation)));

        Assert.Equal(18, answers.Count(static answer => answer is GrantRedemption.Granted));
        Assert.Equal([3, 11], answers.Index().Where(static one => one.Item is null).Select(static one => one.Index));
    }

    [Fact]
    public async Task Requests_of_the_same_moment_share_commits()
    {
        var person = await _scene.PersonAsync();
        var tokens = new string[64];
        for (var i = 0; i < tokens.Length; i++)
            tokens[i] = (await _scene.RedeemAsync(person)).RefreshToken!;

        await Task.WhenAll(tokens.Select(_scene.RotateAsync));

        // All rows of a statement have its transaction.
        Assert.InRange(
            await _scene.ScalarAsync<long>(
                """
                SELECT count(DISTINCT t.xmin::text) FROM refresh_tokens t JOIN sessions s ON s.id = t.session_id
                WHERE s.user_id = @user AND t.generation = 1
                """,
                ("user", person.UserId)
            ),
            1,
            tokens.Length / 2
        );
    }

    [Fact]
    public async Task Two_instances_with_one_token_at_both_and_sessions_that_end_leave_no_fork_and_no_deadlock()
    {
        for (var round = 0; round < 15; round++)
        {
            var people = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => _scene.PersonAsync()));
            var tokens = await Task.WhenAll(
                people.Select(async person => (await _scene.RedeemAsync(person)).RefreshToken!)
            );
            await _scene.ExecuteAsync(
                "UPDATE sessions SET last_activity_at = now() - interval '5 min' WHERE is_active"
            );

            await Task.WhenAll([
                .. tokens.SelectMany(token =>
                    _scene.Instances.Select(instance =>
                        (Task)instance.Refresh.RotateAsync(GrantScene.Rotation(token), default)
                    )
                ),
                .. people.Take(4).Select(person => EndAsync(person)),
            ]);

            Assert.Equal(
                (0L, 0L),
                (
                    await _scene.ScalarAsync<long>(
                        """
                        SELECT count(*) FROM (
                            SELECT FROM refresh_tokens WHERE parent_token_id IS NOT NULL
                            GROUP BY parent_token_id HAVING count(*) > 1) forks
                        """
                    ),
                    await _scene.ScalarAsync<long>(
                        """
                        SELECT count(*) FROM refresh_tokens t JOIN sessions s ON s.id = t.session_id
                        WHERE NOT s.is_active AND t.used_at IS NULL AND t.revoked_at IS NULL
                        """
                    )
                )
            );
        }
        // As many successors as audit rows: nothing was done twice, and nothing went unnoted.
        Assert.Equal(
            await _scene.ScalarAsync<long>("SELECT count(*) FROM refresh_tokens WHERE parent_token_id IS NOT NULL"),
            await _scene.ScalarAsync<long>("SELECT count(*) FROM audit_logs WHERE event_type = 'token_refreshed'")
        );
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _scene.DisposeAsync();

    private Task EndAsync(GrantScene.Person person) =>
        _scene.ExecuteAsync("SELECT idp.end_sessions(ARRAY[@session], 'logout')", ("session", person.SessionId));

    private async Task<GrantRedemption?> TryAsync(RefreshRotation rotation)
    {
        try
        {
            return await _scene.One.Refresh.RotateAsync(rotation, default);
        }
        catch (PostgresException)
        {
            return null;
        }
    }

    private async Task<string> TokenAsync() => (await _scene.RedeemAsync(await _scene.PersonAsync())).RefreshToken!;

    private async Task WaitForLockAsync()
    {
        for (var wait = 0; wait < 200; wait++)
        {
            if (await _scene.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"))
                return;
            await Task.Delay(25);
        }
        Assert.Fail("Nobody waits for the session.");
    }

    private static RotationRequest Request(string token, string client = GrantScene.Client) =>
        Request(GrantScene.Rotation(token) with { ClientId = client });

    private static RotationRequest Request(RefreshRotation rotation)
    {
        Assert.True(OpaqueToken.TryParse(rotation.RefreshToken, out var presented));
        var successor = OpaqueToken.Create();
        return new(rotation, presented, successor, Protector.Protect(presented, successor));
    }

    private async Task<RotationRequest> PrepareAsync(Case one)
    {
        var person = await _scene.PersonAsync();
        var granted = await _scene.RedeemAsync(person, one.Outlives, one.Bound);
        // The rotation that binds a family is not this one.
        if (one.Bound is not null)
            await _scene.ExecuteAsync(
                """
                UPDATE idp.token_families
                SET details = details - 'sender_constrained' || jsonb_build_object('confirmation', @key::jsonb)
                WHERE id = @family
                """,
                ("key", one.Bound),
                ("family", granted.Grant.FamilyId)
            );
        if (one.Before is not null)
            await _scene.ExecuteAsync(
                one.Before,
                [
                    .. new (string, object)[]
                    {
                        ("hash", Sha256Digest.Of(granted.RefreshToken!).Value),
                        ("family", granted.Grant.FamilyId),
                        ("user", person.UserId),
                    }.Where(parameter => one.Before.Contains($"@{parameter.Item1}", StringComparison.Ordinal)),
                ]
            );
        return Request(one.Ask(GrantScene.Rotation(granted.RefreshToken!)));
    }

    private static (bool, string?, string?, bool) Told(GrantRedemption.Granted? granted, RotationRequest request) =>
        granted is null
            ? default
            : (
                true,
                string.Join(' ', granted.Grant.Scopes),
                granted.Grant.Details.Confirmation?.ToString(),
                granted.RefreshToken == request.Successor.Value
            );

    // All that a rotation writes, without what differs between two families.
    private async Task<string?> RowsAsync(RotationRequest request) =>
        await _scene.ScalarAsync<string>(
            """
            SELECT jsonb_build_array(
                t.used_at IS NOT NULL, t.successor_sealed IS NOT NULL, t.revoked_at IS NOT NULL,
                (SELECT jsonb_agg(jsonb_build_array(c.generation, c.client_id, c.session_id = t.session_id,
                    round(extract(epoch FROM c.expires_at - now()) / 60)))
                 FROM refresh_tokens c WHERE c.parent_token_id = t.id),
                (SELECT jsonb_agg(jsonb_build_array(a.user_id = f.user_id, a.event_status, a.ip_address, a.user_agent,
                    a.details - 'session_id' - 'family_id', a.details ->> 'session_id' = t.session_id::text))
                 FROM audit_logs a WHERE a.event_type = 'token_refreshed' AND a.details ->> 'family_id' = f.id::text),
                f.details - 'sid', s.last_activity_at > now() - interval '1 minute')::text
            FROM refresh_tokens t JOIN idp.token_families f ON f.id = t.family_id JOIN sessions s ON s.id = t.session_id
            WHERE t.token_hash = @hash
            """,
            ("hash", request.Presented.Digest.Value)
        );

    private sealed record Case(string Name, string? Before = null)
    {
        public bool Alone { get; init; }

        public bool Outlives { get; init; }

        public string? Bound { get; init; }

        public Func<RefreshRotation, RefreshRotation> Ask { get; init; } = static asked => asked;
    }
}
