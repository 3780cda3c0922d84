using System.Net;
using System.Text.RegularExpressions;
using Identity.Core.Credentials;
using Identity.Core.Maintenance;
using Identity.Core.PersonalTokens;
using Identity.Core.Primitives;
using Identity.Core.Recovery;
using Identity.IntegrationTests.Protocol.Grants;
using Identity.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.IntegrationTests.PersonalTokens;

/// <summary>Personal access tokens from the page to the API: made, introspected, exchanged, ended.</summary>
public sealed class PersonalTokenTests(ExtensionGrantFixture fixture) : IClassFixture<ExtensionGrantFixture>
{
    private const string Orders = "https://orders.example";
    private const string Api = "https://api.example";

    [Fact]
    public async Task A_token_is_made_on_the_page_shown_once_kept_as_a_digest_and_told_by_mail()
    {
        var user = await UserAsync();
        using var browser = await fixture.PersonAsync(user);
        var page = await browser.GetAsync("/account/tokens");

        var answer = await MakeAsync(browser, page, "Backup <b>script</b>", "orders");
        var shown = await browser.FollowAsync(answer);
        var again = await browser.GetAsync("/account/tokens");

        var token = Regex.Match(shown.Html, PersonalToken.Pattern).Value;
        Assert.Equal(HttpStatusCode.SeeOther, answer.Status);
        Assert.True(PersonalToken.TryParse(token, out var parsed));
        Assert.DoesNotContain(PersonalToken.Prefix, again.Html, StringComparison.Ordinal);
        Assert.Contains("Backup <b>script</b>", again.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>script", again.Html, StringComparison.Ordinal);
        Assert.Equal(
            parsed.Digest.Value,
            await fixture.Database.ScalarAsync<byte[]>(
                "SELECT token_hash FROM idp.personal_access_tokens WHERE user_id = @id",
                ("id", user)
            )
        );
        Assert.Equal(1, await CountAsync(user, "personal_token_created"));
        Assert.Equal(1, await MailsAsync(user, "personal_token_created"));
    }

    [Fact]
    public async Task A_form_that_lacks_something_or_asks_for_too_much_makes_nothing_and_keeps_what_was_typed()
    {
        var user = await UserAsync();
        using var browser = await fixture.PersonAsync(user);
        var page = await browser.GetAsync("/account/tokens");

        var nameless = await MakeAsync(browser, page, " ", "orders");
        var idle = await browser.SubmitAsync(page, [("Input.Name", "Kept"), ("Input.Days", "30")], "handler=Create");
        var roleless = await MakeAsync(browser, page, "Kept", "api");
        var administrative = await MakeAsync(browser, page, "Kept", "identity.users.read");
        var endless = await MakeAsync(browser, page, "Kept", "orders", days: "36500");
        var timeless = await MakeAsync(browser, page, "Kept", "orders", days: "for ever");

        Assert.Contains("Enter a name", nameless.Text, StringComparison.Ordinal);
        Assert.Contains("Choose at least one thing", idle.Text, StringComparison.Ordinal);
        Assert.Contains("value=\"Kept\"", idle.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("value=\"api\"", page.Html, StringComparison.Ordinal);
        Assert.Contains("You can’t give a token all of this", roleless.Text, StringComparison.Ordinal);
        Assert.Contains("You can’t give a token all of this", administrative.Text, StringComparison.Ordinal);
        Assert.Contains("Choose one of the dates", endless.Text, StringComparison.Ordinal);
        Assert.Contains("Choose one of the dates", timeless.Text, StringComparison.Ordinal);
        Assert.Equal(0, await RowsAsync(user));
    }

    [Fact]
    public async Task Hostile_names_and_scopes_are_refused_or_kept_as_text()
    {
        var user = await UserAsync();
        using var browser = await fixture.PersonAsync(user);
        var page = await browser.GetAsync("/account/tokens");
        string[] names = ["a\0b", "a\r\nSet-Cookie: x=1", "a\uFFFE", new string('x', 101), new string('x', 20_000)];

        List<VisitedPage> refused = [];
        foreach (var name in names)
            refused.Add(await MakeAsync(browser, page, name, "orders"));
        foreach (var scope in (string[])["", "orders api", "'; DROP TABLE users", "orders\0", new string('s', 10_000)])
            refused.Add(await MakeAsync(browser, page, "Script", scope));
        var turned = await MakeAsync(browser, page, "a\u202Eb'\">", "orders");

        Assert.All(refused, static answer => Assert.InRange((int)answer.Status, 200, 499));
        Assert.All(refused, static answer => Assert.Null(answer.Location));
        Assert.Equal(HttpStatusCode.SeeOther, turned.Status);
        Assert.Equal(1, await RowsAsync(user));
    }

    [Fact]
    public async Task An_old_sign_in_is_proved_again_before_the_page_opens()
    {
        var user = await UserAsync();
        using var browser = await fixture.PersonAsync(user);
        await fixture.Database.ExecuteAsync(
            "UPDATE sessions SET auth_time = now() - interval '6 minutes', step_up_at = NULL WHERE user_id = @id",
            ("id", user)
        );

        var answer = await browser.GetAsync("/account/tokens");

        Assert.StartsWith("/confirm-identity", answer.Location, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_API_hears_of_its_own_scopes_by_one_command_and_a_stranger_hears_nothing()
    {
        var user = await UserAsync(isOperator: true);
        var token = await TokenAsync(user, "orders", "api");
        using RelyingParty orders = new(fixture.Host, "orders-api");
        using RelyingParty stranger = new(fixture.Host, "service");

        var (response, commands) = await fixture.Host.SendCountedAsync(
            orders.Backchannel,
            orders.Post("/connect/introspect", ("token", token))
        );
        using var _ = response;
        var told = await Answer.ReadAsync(response);
        var untold = await stranger.IntrospectAsync(token);
        var nonsense = await stranger.IntrospectAsync(PersonalToken.Create().Value);

        Assert.Equal(1, commands);
        Assert.Equal(
            ("True", "orders", Orders, user.ToString("D"), "Bearer"),
            (told["active"], told["scope"], told["aud"], told["sub"], told["token_type"])
        );
        Assert.Equal(nonsense.Text, untold.Text);
        Assert.Equal("False", untold["active"]);
    }

    [Fact]
    public async Task A_typing_error_and_text_that_only_begins_like_a_token_cost_no_command()
    {
        using RelyingParty orders = new(fixture.Host, "orders-api");
        var token = PersonalToken.Create().Value;
        string[] wrong = [token[..^1] + (token[^1] == '0' ? '1' : '0'), token + "0", PersonalToken.Prefix];

        foreach (var text in wrong)
        {
            var (response, commands) = await fixture.Host.SendCountedAsync(
                orders.Backchannel,
                orders.Post("/connect/introspect", ("token", text))
            );
            using var _ = response;
            Assert.Equal(0, commands);
            Assert.Equal("False", (await Answer.ReadAsync(response))["active"]);
        }
    }

    [Fact]
    public async Task A_use_is_noted_once_an_hour_and_the_first_one_audited_once()
    {
        var user = await UserAsync();
        var token = await TokenAsync(user, "orders");
        using RelyingParty orders = new(fixture.Host, "orders-api");

        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => orders.IntrospectAsync(token)));
        var noted = await VersionAsync(user);
        await orders.IntrospectAsync(token);
        var same = await VersionAsync(user);
        await fixture.Database.ExecuteAsync(
            "UPDATE idp.personal_access_tokens SET last_used_at = now() - interval '61 minutes' WHERE user_id = @id",
            ("id", user)
        );
        await orders.IntrospectAsync(token);

        Assert.Equal(noted, same);
        Assert.True(
            await fixture.Database.ScalarAsync<bool>(
                "SELECT last_used_at > now() - interval '1 minute' FROM idp.personal_access_tokens WHERE user_id = @id",
                ("id", user)
            )
        );
        Assert.Equal(1, await CountAsync(user, "personal_token_first_used"));
    }

    [Fact]
    public async Task An_exchange_gives_a_short_JWT_that_ends_with_the_token_it_came_from()
    {
        var user = await UserAsync();
        var token = await TokenAsync(user, "orders");
        using RelyingParty gateway = new(fixture.Host, "gateway");
        using RelyingParty orders = new(fixture.Host, "orders-api");

        var (response, commands) = await fixture.Host.SendCountedAsync(
            gateway.Backchannel,
            Exchange(gateway, token, Orders)
        );
        using var _ = response;
        var jwt = (await Answer.ReadAsync(response)).AccessToken!;
        var before = await orders.IntrospectAsync(jwt);
        await RevokeAsync(user);
        var after = await orders.IntrospectAsync(jwt);

        var claims = Answer.Decode(jwt).Payload;
        Assert.Equal(2, commands);
        Assert.Equal(
            (user.ToString("D"), Orders, "orders", "gateway"),
            (
                claims.GetProperty("sub").GetString(),
                claims.GetProperty("aud").GetString(),
                claims.GetProperty("scope").GetString(),
                claims.GetProperty("act").GetProperty("sub").GetString()
            )
        );
        Assert.InRange(claims.GetProperty("exp").GetInt64() - claims.GetProperty("iat").GetInt64(), 1, 600);
        Assert.False(claims.TryGetProperty("sid", out var sid));
        Assert.False(claims.TryGetProperty("auth_time", out sid));
        Assert.Equal(("True", "False"), (before["active"], after["active"]));
        Assert.Equal("invalid_request", (await gateway.SendAsync(Exchange(gateway, token, Orders))).Error);
    }

    [Fact]
    public async Task An_exchange_opens_no_audience_that_the_token_does_not_and_none_for_a_client_without_the_right()
    {
        var user = await UserAsync();
        var token = await TokenAsync(user, "orders");
        using RelyingParty gateway = new(fixture.Host, "gateway");
        using RelyingParty support = new(fixture.Host, "support");

        Assert.Equal("invalid_target", (await gateway.SendAsync(Exchange(gateway, token, Api))).Error);
        Assert.Equal("invalid_request", (await support.SendAsync(Exchange(support, token, Api))).Error);
    }

    [Fact]
    public async Task A_role_that_was_lost_takes_its_scope_away_at_the_next_use_and_gives_it_back()
    {
        var user = await UserAsync(isOperator: true);
        var token = await TokenAsync(user, "orders", "api");
        using RelyingParty gateway = new(fixture.Host, "gateway");
        var all = await gateway.SendAsync(Exchange(gateway, token, Orders));

        await fixture.Database.ExecuteAsync("DELETE FROM idp.user_roles WHERE user_id = @id", ("id", user));
        var left = await gateway.SendAsync(Exchange(gateway, token, Orders));
        var lost = await gateway.SendAsync(Exchange(gateway, token, Api));
        await GiveRoleAsync(user);
        var back = await gateway.SendAsync(Exchange(gateway, token, Api));

        Assert.Equal(("orders api", "orders"), (all["scope"], left["scope"]));
        Assert.Equal("invalid_target", lost.Error);
        Assert.NotNull(back.AccessToken);
    }

    [Fact]
    public async Task Of_parallel_requests_at_the_limit_as_many_make_a_token_as_are_allowed()
    {
        var user = await UserAsync();

        var made = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => CreateAsync(user, "orders")));

        Assert.Equal(3, made.OfType<PersonalTokenCreation.Created>().Count());
        Assert.Equal(7, made.OfType<PersonalTokenCreation.TooMany>().Count());
        Assert.Equal(3, await RowsAsync(user));
    }

    [Fact]
    public async Task Of_parallel_revocations_one_counts_and_what_was_exchanged_meanwhile_ends_with_the_token()
    {
        var user = await UserAsync();
        var token = await TokenAsync(user, "orders");
        using RelyingParty gateway = new(fixture.Host, "gateway");
        using RelyingParty orders = new(fixture.Host, "orders-api");

        var exchanges = Enumerable.Range(0, 6).Select(_ => gateway.SendAsync(Exchange(gateway, token, Orders)));
        var running = Task.WhenAll(exchanges);
        var revoked = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => RevokeAsync(user)));
        var answers = await running;

        Assert.True(revoked.Count(static one => one) <= 1);
        Assert.Equal(1, await CountAsync(user, "personal_token_revoked"));
        Assert.Equal(1, await MailsAsync(user, "personal_token_revoked"));
        foreach (var jwt in answers.Select(static answer => answer.AccessToken).OfType<string>())
            Assert.Equal("False", (await orders.IntrospectAsync(jwt))["active"]);
    }

    [Fact]
    public async Task Nobody_revokes_the_token_of_somebody_else()
    {
        var (owner, other) = (await UserAsync(), await UserAsync());
        await TokenAsync(owner, "orders");
        await TokenAsync(other, "orders");
        using var browser = await fixture.PersonAsync(other);
        var page = await browser.GetAsync("/account/tokens");

        await browser.SubmitAsync(page, [("id", (await IdAsync(owner)).ToString())], "handler=Revoke");

        Assert.Equal(1, await RowsAsync(owner));
        Assert.Equal(1, await RowsAsync(other));
    }

    [Fact]
    public async Task A_lock_suspends_a_token_and_its_JWT()
    {
        var user = await UserAsync();
        var token = await TokenAsync(user, "orders");
        using RelyingParty gateway = new(fixture.Host, "gateway");
        using RelyingParty orders = new(fixture.Host, "orders-api");
        var jwt = (await gateway.SendAsync(Exchange(gateway, token, Orders))).AccessToken!;

        await LockAsync(user, "now() + interval '1 hour'");
        var (locked, lockedJwt) = (await orders.IntrospectAsync(token), await orders.IntrospectAsync(jwt));
        await LockAsync(user, "NULL");
        var unlocked = await orders.IntrospectAsync(token);

        Assert.Equal(("False", "False", "True"), (locked["active"], lockedJwt["active"], unlocked["active"]));
    }

    [Theory]
    [InlineData("reset")]
    [InlineData("secure")]
    public async Task A_reset_password_and_a_secured_account_end_every_token_and_say_so(string occasion)
    {
        var user = await UserAsync();
        await TokenAsync(user, "orders");

        if (occasion == "reset")
            await ResetAsync(user);
        else
            await Service<AccountSecurer>().SecureAsync(await ProofAsync(user), Rooms.Stranger, default);

        Assert.Equal(0, await RowsAsync(user));
        Assert.Equal(1, await CountAsync(user, "personal_token_revoked"));
    }

    [Fact]
    public async Task An_expired_token_is_dead_at_once_and_cleaned_away_with_an_audit_row()
    {
        var user = await UserAsync();
        var token = await TokenAsync(user, "orders");
        using RelyingParty orders = new(fixture.Host, "orders-api");
        await fixture.Database.ExecuteAsync(
            "UPDATE idp.personal_access_tokens SET expires_at = now() WHERE user_id = @id",
            ("id", user)
        );

        var answer = await orders.IntrospectAsync(token);
        await Service<MaintenanceJobs>().RunAsync("personal-tokens", default);

        Assert.Equal("False", answer["active"]);
        Assert.Equal(0, await RowsAsync(user));
        Assert.Equal(1, await CountAsync(user, "personal_token_expired"));
    }

    private T Service<T>()
        where T : notnull => fixture.Host.Services.GetRequiredService<T>();

    private async Task<Guid> UserAsync(bool isOperator = false)
    {
        var user = await RelyingParty.CreateUserAsync(fixture.Database, $"{Guid.NewGuid():N}@example.org");
        if (isOperator)
            await GiveRoleAsync(user);
        return user;
    }

    private Task GiveRoleAsync(Guid user) =>
        fixture.Database.ExecuteAsync(
            """
            WITH made AS (INSERT INTO idp.roles (name) VALUES ('operator') ON CONFLICT DO NOTHING RETURNING id)
            INSERT INTO idp.user_roles (user_id, role_id)
            SELECT @id, id FROM made UNION SELECT @id, id FROM idp.roles WHERE name = 'operator'
            """,
            ("id", user)
        );

    private static Task<VisitedPage> MakeAsync(
        PageBrowser browser,
        VisitedPage page,
        string name,
        string scope,
        string days = "30"
    ) =>
        browser.SubmitAsync(
            page,
            [("Input.Name", name), ("Input.Scopes", scope), ("Input.Days", days)],
            "handler=Create"
        );

    private async Task<string> TokenAsync(Guid user, params string[] scopes) =>
        Assert.IsType<PersonalTokenCreation.Created>(await CreateAsync(user, scopes)).Token.Value;

    private async Task<PersonalTokenCreation> CreateAsync(Guid user, params string[] scopes) =>
        await Service<PersonalTokenStore>()
            .CreateAsync(await ProofAsync(user), new("Script", scopes, 30), Rooms.Stranger, default);

    private async Task<CredentialProof> ProofAsync(Guid user) =>
        new(
            user,
            await fixture.Database.ScalarAsync<long>(
                "SELECT credential_version FROM users WHERE id = @id",
                ("id", user)
            )
        );

    private async Task<bool> RevokeAsync(Guid user) =>
        await IdAsync(user) is var id
        && await Service<PersonalTokenStore>().RevokeAsync(user, id, Rooms.Stranger, default);

    private Task<Guid> IdAsync(Guid user) =>
        fixture.Database.ScalarAsync<Guid>(
            "SELECT id FROM idp.personal_access_tokens WHERE user_id = @id",
            ("id", user)
        );

    private async Task ResetAsync(Guid user)
    {
        var link = OpaqueToken.Create();
        await fixture.Database.ExecuteAsync(
            "INSERT INTO password_reset_tokens (id, user_id, token_hash) VALUES (@token, @id, @hash)",
            ("token", Guid.CreateVersion7()),
            ("id", user),
            ("hash", link.Digest.Value)
        );
        var result = await Service<PasswordRecovery>()
            .ResetAsync(link, Rooms.Typed("A-new-sentence-2-remember"), Rooms.Stranger, default);
        Assert.IsType<PasswordResetResult.Done>(result);
    }

    private Task LockAsync(Guid user, string until) =>
        fixture.Database.ExecuteAsync($"UPDATE users SET operator_locked_until = {until} WHERE id = @id", ("id", user));

    private Task<long> RowsAsync(Guid user) =>
        fixture.Database.ScalarAsync<long>(
            "SELECT count(*) FROM idp.personal_access_tokens WHERE user_id = @id",
            ("id", user)
        );

    private Task<string> VersionAsync(Guid user) =>
        fixture.Database.ScalarAsync<string>(
            "SELECT xmin::text FROM idp.personal_access_tokens WHERE user_id = @id",
            ("id", user)
        )!;

    private Task<long> CountAsync(Guid user, string type) =>
        fixture.Database.ScalarAsync<long>(
            "SELECT count(*) FROM audit_logs WHERE user_id = @id AND event_type = @type",
            ("id", user),
            ("type", type)
        );

    private Task<long> MailsAsync(Guid user, string kind) =>
        fixture.Database.ScalarAsync<long>(
            "SELECT count(*) FROM idp.mail_outbox WHERE user_id = @id AND kind = @kind",
            ("id", user),
            ("kind", kind)
        );

    private static HttpRequestMessage Exchange(RelyingParty party, string token, string audience) =>
        party.Post(
            "/connect/token",
            ("grant_type", ExtensionGrantFixture.ExchangeGrant),
            ("subject_token", token),
            ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
            ("audience", audience)
        );
}
