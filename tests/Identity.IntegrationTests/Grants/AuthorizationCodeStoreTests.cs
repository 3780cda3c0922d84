using System.Text.Json;
using Identity.Core.Data;
using Identity.Core.Grants;
using Identity.Core.Primitives;
using Identity.Core.Sessions;
using Identity.Testing;

namespace Identity.IntegrationTests.Grants;

public sealed class AuthorizationCodeStoreTests(DatabaseFixture fixture)
    : IClassFixture<DatabaseFixture>,
        IAsyncLifetime
{
    private readonly GrantScene _scene = new(fixture.Database);

    [Fact]
    public async Task A_good_redemption_is_one_command_and_gives_the_grant_as_the_request_made_it()
    {
        var person = await _scene.PersonAsync();
        using var counter = SqlCommandCounter.Start();

        var code = await _scene.CodeAsync(person);
        var issuing = counter.Commands;
        var redeemed = Assert.IsType<GrantRedemption.Granted>(
            await _scene.One.Codes.RedeemAsync(GrantScene.Redemption(code), default)
        );

        Assert.Equal((1, 2), (issuing, counter.Commands));
        var grant = redeemed.Grant;
        Assert.Equal(
            (person.UserId, "Ada", person.SessionId, GrantScene.Client, "n-1"),
            (grant.Subject.Id, grant.Subject.Name, grant.SessionId, grant.ClientId, grant.Nonce)
        );
        Assert.Equal(["openid", "profile", "offline_access"], grant.Scopes);
        Assert.Equal((1_700_000_000, "urn:strong"), (grant.Details.AuthTime, grant.Details.Acr));
        Assert.Equal(["pwd", "otp"], grant.Details.Amr);
        Assert.True((await _scene.One.Refresh.InspectAsync(redeemed.RefreshToken!, default))!.IsActive);
        Assert.Equal(1, await _scene.AuditAsync(person.UserId, "token_issued"));
        Assert.True(
            await _scene.ScalarAsync<bool>(
                "SELECT true FROM idp.session_clients WHERE session_id = @s AND client_id = 'app'",
                ("s", person.SessionId)
            )
        );
    }

    [Fact]
    public async Task OA_5_of_twenty_parallel_redemptions_one_is_granted_and_its_family_ends_a_hundred_times()
    {
        var person = await _scene.PersonAsync();
        for (var round = 0; round < 100; round++)
        {
            var code = await _scene.CodeAsync(person);

            var results = await Task.WhenAll(
                Enumerable
                    .Range(0, 20)
                    .Select(n =>
                        Task.Run(() => _scene.Instances[n % 2].Codes.RedeemAsync(GrantScene.Redemption(code), default))
                    )
            );

            var winner = Assert.Single(results.OfType<GrantRedemption.Granted>());
            Assert.All(
                results.OfType<GrantRedemption.Refused>(),
                refused => Assert.Equal(GrantRefusal.Reused, refused.Reason)
            );
            Assert.Equal(0, await _scene.LiveLeavesAsync(winner.Grant.FamilyId));
            Assert.IsType<GrantRedemption.Refused>(
                await _scene.One.Refresh.RotateAsync(GrantScene.Rotation(winner.RefreshToken!), default)
            );
            Assert.Null(
                await _scene.One.Subjects.ReadAsync(person.UserId, person.SessionId, winner.Grant.FamilyId, default)
            );
        }
        Assert.Equal(100, await _scene.AuditAsync(person.UserId, "code_reuse"));
        Assert.True(
            await _scene.ScalarAsync<bool>("SELECT is_active FROM sessions WHERE id = @s", ("s", person.SessionId))
        );
    }

    [Fact]
    public async Task OA_5_reuse_also_ends_an_access_token_that_came_without_a_refresh_token()
    {
        var person = await _scene.PersonAsync();
        var code = await _scene.CodeAsync(person, ["openid"]);
        var granted = Assert.IsType<GrantRedemption.Granted>(
            await _scene.One.Codes.RedeemAsync(GrantScene.Redemption(code), default)
        );
        Assert.Null(granted.RefreshToken);
        Assert.NotNull(
            await _scene.One.Subjects.ReadAsync(person.UserId, granted.Grant.SessionId, granted.Grant.FamilyId, default)
        );

        var again = await _scene.One.Codes.RedeemAsync(GrantScene.Redemption(code), default);

        Assert.Equal(GrantRefusal.Reused, GrantScene.Reason(again));
        Assert.Null(
            await _scene.One.Subjects.ReadAsync(person.UserId, granted.Grant.SessionId, granted.Grant.FamilyId, default)
        );
    }

    [Fact]
    public async Task What_does_not_fit_is_refused_and_does_not_burn_the_code()
    {
        var person = await _scene.PersonAsync();
        var code = await _scene.CodeAsync(person);
        var good = GrantScene.Redemption(code);
        (CodeRedemption Try, GrantRefusal Reason)[] tries =
        [
            (good with { ClientId = "other" }, GrantRefusal.WrongClient),
            (good with { RedirectUri = GrantScene.RedirectUri + "/" }, GrantRefusal.WrongProof),
            (good with { RedirectUri = null }, GrantRefusal.WrongProof),
            (good with { RedirectUri = "\0" }, GrantRefusal.WrongProof),
            (good with { RedirectUri = "\ud800" }, GrantRefusal.WrongProof),
            (good with { CodeVerifier = null }, GrantRefusal.WrongProof),
            (good with { CodeVerifier = "short" }, GrantRefusal.WrongProof),
            (good with { CodeVerifier = GrantScene.Verifier[..^1] + "l" }, GrantRefusal.WrongProof),
            (good with { CodeVerifier = new string('\0', 43) }, GrantRefusal.WrongProof),
            (good with { Code = OpaqueToken.Create().Value }, GrantRefusal.Unknown),
            (good with { Code = new string('x', 100_000) }, GrantRefusal.Unknown),
        ];

        foreach (var (attempt, reason) in tries)
            Assert.Equal(reason, GrantScene.Reason(await _scene.One.Codes.RedeemAsync(attempt, default)));

        Assert.IsType<GrantRedemption.Granted>(await _scene.One.Codes.RedeemAsync(good, default));
    }

    [Fact]
    public async Task A_verifier_for_a_code_without_a_challenge_is_refused()
    {
        var person = await _scene.PersonAsync();
        var issued = Assert.IsType<CodeIssue.Issued>(
            await _scene.One.Codes.IssueAsync(
                new(
                    person.UserId,
                    person.SessionId,
                    GrantScene.Client,
                    ["openid"],
                    GrantScene.RedirectUri,
                    null,
                    null,
                    GrantScene.Details(),
                    TimeSpan.FromSeconds(60),
                    false
                ),
                default
            )
        );

        var redeemed = await _scene.One.Codes.RedeemAsync(GrantScene.Redemption(issued.Code), default);

        Assert.Equal(GrantRefusal.WrongProof, GrantScene.Reason(redeemed));
    }

    [Fact]
    public async Task A_code_bound_to_a_key_is_redeemed_with_that_key_only()
    {
        var bound = GrantScene.Details() with { Confirmation = JsonElement.Parse("""{"jkt":"key-1"}""") };
        var code = await _scene.CodeAsync(await _scene.PersonAsync(), details: bound);
        var good = GrantScene.Redemption(code) with { Confirmation = """{ "jkt": "key-1" }""" };

        Assert.Equal(
            GrantRefusal.WrongProof,
            GrantScene.Reason(await _scene.One.Codes.RedeemAsync(good with { Confirmation = null }, default))
        );
        Assert.Equal(
            GrantRefusal.WrongProof,
            GrantScene.Reason(
                await _scene.One.Codes.RedeemAsync(good with { Confirmation = """{"jkt":"key-2"}""" }, default)
            )
        );
        Assert.IsType<GrantRedemption.Granted>(await _scene.One.Codes.RedeemAsync(good, default));
    }

    [Theory]
    [InlineData("UPDATE idp.grants SET expires_at = now() WHERE user_id = @user", GrantRefusal.Expired)]
    [InlineData("UPDATE users SET is_disabled = true WHERE id = @user", GrantRefusal.SessionOver)]
    [InlineData("UPDATE users SET deleted_at = now() WHERE id = @user", GrantRefusal.SessionOver)]
    [InlineData(
        "UPDATE sessions SET created_at = now() - interval '2 days', expires_at = now() WHERE user_id = @user",
        GrantRefusal.SessionOver
    )]
    [InlineData(
        "SELECT idp.end_sessions(ARRAY (SELECT id FROM sessions WHERE user_id = @user), 'logout')",
        GrantRefusal.Revoked
    )]
    public async Task What_ended_between_issue_and_redemption_is_not_granted(string change, GrantRefusal reason)
    {
        var person = await _scene.PersonAsync();
        var code = await _scene.CodeAsync(person);
        await _scene.ExecuteAsync(change, ("user", person.UserId));

        var redeemed = await _scene.One.Codes.RedeemAsync(GrantScene.Redemption(code), default);

        Assert.Equal(reason, GrantScene.Reason(redeemed));
    }

    [Theory]
    [InlineData("UPDATE users SET is_disabled = true WHERE id = @user")]
    [InlineData("UPDATE sessions SET last_activity_at = now() - interval '3 hours' WHERE user_id = @user")]
    [InlineData("SELECT idp.end_sessions(ARRAY (SELECT id FROM sessions WHERE user_id = @user), 'logout')")]
    public async Task SE_5_no_code_is_issued_once_the_session_is_over(string change)
    {
        var person = await _scene.PersonAsync();
        await _scene.ExecuteAsync(change, ("user", person.UserId));

        Assert.IsType<CodeIssue.SessionOver>(await _scene.IssueAsync(person));
        Assert.IsType<CodeIssue.SessionOver>(await _scene.IssueAsync(person, consent: true));
    }

    [Fact]
    public async Task A_session_of_somebody_else_gives_no_code()
    {
        var (mine, theirs) = (await _scene.PersonAsync(), await _scene.PersonAsync());

        Assert.IsType<CodeIssue.SessionOver>(await _scene.IssueAsync(mine with { SessionId = theirs.SessionId }));
    }

    [Fact]
    public async Task A_code_that_needs_consent_is_issued_only_while_it_covers_everything()
    {
        var person = await _scene.PersonAsync();
        var consents = _scene.One.Consents;
        var detailed = GrantScene.Details() with
        {
            AuthorizationDetails = JsonElement.Parse("""[{"type":"payment","amount":5}]"""),
        };

        Assert.IsType<CodeIssue.ConsentNeeded>(await _scene.IssueAsync(person, consent: true));
        await consents.GrantAsync(
            new(person.UserId, 1),
            GrantScene.Client,
            ["openid", "profile"],
            null,
            GrantScene.Request,
            default
        );
        Assert.IsType<CodeIssue.ConsentNeeded>(await _scene.IssueAsync(person, consent: true));
        await consents.GrantAsync(
            new(person.UserId, 1),
            GrantScene.Client,
            ["offline_access"],
            null,
            GrantScene.Request,
            default
        );
        Assert.IsType<CodeIssue.Issued>(await _scene.IssueAsync(person, consent: true));

        Assert.IsType<CodeIssue.ConsentNeeded>(await _scene.IssueAsync(person, consent: true, details: detailed));
        await consents.GrantAsync(
            new(person.UserId, 1),
            GrantScene.Client,
            [],
            """[{"amount":5,"type":"payment"}]""",
            GrantScene.Request,
            default
        );
        Assert.IsType<CodeIssue.Issued>(await _scene.IssueAsync(person, consent: true, details: detailed));

        Assert.True(await consents.WithdrawAsync(person.UserId, GrantScene.Client, GrantScene.Request, default));
        Assert.IsType<CodeIssue.ConsentNeeded>(await _scene.IssueAsync(person, consent: true));
    }

    [Fact]
    public async Task A_redemption_and_the_end_of_the_session_at_the_same_moment_leave_no_live_family()
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
            var ending = Task.Run(() =>
                _scene
                    .Instances[1]
                    .Sessions.EndAllAsync(person.UserId, null, EndReason.PasswordChanged, GrantScene.Request, default)
            );
            await Task.WhenAll(redeeming, ending);

            if (await redeeming is GrantRedemption.Granted granted)
                Assert.IsType<GrantRedemption.Refused>(
                    await _scene.One.Refresh.RotateAsync(GrantScene.Rotation(granted.RefreshToken!), default)
                );
            Assert.Equal(
                0,
                await _scene.ScalarAsync<long>(
                    "SELECT count(*) FROM sessions WHERE user_id = @user AND is_active",
                    ("user", person.UserId)
                )
            );
        }
    }

    [Fact]
    public void JSON_that_the_database_cannot_hold_is_told_apart()
    {
        Assert.True(
            GrantDetails.TryReadJson("""{"id_token":{"acr":{"values":["a","\u00e9","\ud83d\ude00"]}}}""", out _)
        );
        foreach (
            var bad in new[]
            {
                "{",
                "",
                """["\u0000"]""",
                """{"a\u0000":1}""",
                """{"a":["\ud800"]}""",
                """{"\udc00":1}""",
            }
        )
            Assert.False(GrantDetails.TryReadJson(bad, out _), bad);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _scene.DisposeAsync();
}
