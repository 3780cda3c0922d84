using System.Globalization;
using System.Text.Json;
using Identity.Core.Administration;
using Identity.IntegrationTests.Grants;
using Identity.IntegrationTests.Mail;
using Identity.IntegrationTests.Webhooks;
using Identity.Testing;

namespace Identity.IntegrationTests.Commands;

/// <summary>The rights of commands, as one table: whoever runs a command on the host may do everything, and each
/// command that acts leaves its audit row with the name of the account that ran it.</summary>
public sealed class ActingCommandTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    private const string Ada = "ada@acting.example";
    private const string Webhook = "SELECT id::text FROM idp.webhook_endpoints";
    private const string SwitchedOff = """
        UPDATE idp.webhook_endpoints SET is_enabled = false, disabled_at = now(), disabled_reason = 'operator'
        RETURNING id::text
        """;

    // The action, its command, what {0} stands for, and the mail that the person gets.
    private static readonly Step[] Steps =
    [
        new("user.create", $"users add {Ada} --verified"),
        new("user.lock", $"users lock {Ada} --minutes 5"),
        new("user.unlock", $"users unlock {Ada}", Mail: "account_unlocked"),
        new(
            "personal-token.create",
            $"users add-token {Ada} --name Report --scope reports --days 7",
            Mail: "personal_token_created"
        ),
        new(
            "personal-token.revoke",
            $"users revoke-token {Ada} {{0}}",
            "SELECT id::text FROM idp.personal_access_tokens LIMIT 1"
        ),
        new("factor.remove", $"users remove-factor {Ada} --note Recognised", Mail: "factor_removed"),
        new("session.end-all", $"users end-sessions {Ada}", Mail: "sessions_ended"),
        new("reset.send", $"users send-reset {Ada}", Mail: "password_reset"),
        new("user.secure", $"users secure {Ada}"),
        new("user.export", $"users copy {Ada}", Mail: "data_copied"),
        new("user.deactivate", $"users deactivate {Ada} --note Left", Mail: "account_deactivated"),
        new("user.reactivate", $"users reactivate {Ada}"),
        new("user.email", $"users set-email {Ada} new-{Ada}", Mail: "email_change_notice"),
        new("user.email", $"users set-email new-{Ada} {Ada}"),
        new("role.create", "roles add editor"),
        new("role.change", "roles change editor --name writer"),
        new("role.grant", $"roles grant writer {Ada}"),
        new("role.withdraw", $"roles withdraw writer {Ada}"),
        new("group.create", "groups add Team"),
        new("group.change", "groups change Team --description Writers"),
        new("group.add_member", $"groups add-member Team {Ada}"),
        new("group.grant_role", "groups grant Team writer"),
        new("group.withdraw_role", "groups withdraw Team writer"),
        new("group.remove_member", $"groups remove-member Team {Ada}"),
        new("bulk.lock", $"bulk lock {Ada} --yes"),
        new("bulk.unlock", "bulk unlock --search ada@acting --yes"),
        new("bulk.end-sessions", $"bulk end-sessions {Ada} --yes"),
        new("bulk.require-password", $"bulk require-password {Ada} --yes"),
        new("bulk.add-to-group", $"bulk add-to-group Team {Ada} --yes"),
        new("bulk.grant-role", $"bulk grant-role writer {Ada} --yes"),
        new("group.delete", "groups remove Team --yes"),
        new("role.delete", "roles remove writer --yes"),
        new("attribute.define", "attributes define floor --type integer"),
        new("attribute.set", $"attributes set {Ada} floor 7"),
        new("claim_mapping.change", "claims map floor --scope profile --source attribute:floor --in userinfo"),
        new("claim_mapping.remove", "claims remove {0}", "SELECT id::text FROM idp.claim_mappings"),
        new("attribute.remove", "attributes remove floor --yes"),
        new("scope.create", "scopes add orders"),
        new("scope.change", "scopes change orders --description Orders"),
        new("scope.remove", "scopes remove orders --yes"),
        new("client.create", "clients add acting --redirect-uri https://acting.example/cb"),
        new("client.change", "clients set acting Name=Acting"),
        new("client.secret.rotate", "clients rotate-secret acting"),
        new("client.secret.revoke", "clients revoke-secret acting {0}", "secret"),
        new("client.remove", "clients remove acting --yes"),
        new("invitation.send", "invitations send guest@acting.example"),
        new("invitation.resend", "invitations resend guest@acting.example"),
        new("invitation.withdraw", "invitations withdraw guest@acting.example"),
        new("key.rotate", "keys rotate ES256 --now"),
        new("key.retire", "keys retire {0}", "SELECT kid FROM idp.signing_keys ORDER BY created_at LIMIT 1"),
        new("delivery.retry", "logout retry {0}", "SELECT id::text FROM idp.logout_deliveries LIMIT 1"),
        new("mail.retry", "mail retry"),
        new("mail.test", $"mail test {Ada}"),
        new("alert.acknowledge", "alerts ack {0}", "SELECT id::text FROM idp.alerts LIMIT 1"),
        new("grant.revoke", "grants end {0}", "SELECT id::text FROM idp.token_families LIMIT 1"),
        new("webhook.create", "webhooks add {0}ok --event user.deleted", "receiver"),
        new("webhook.test", "webhooks test {0}", Webhook),
        new("webhook.edit", "webhooks set {0} --all-events", Webhook),
        new("webhook.rotate", "webhooks rotate {0}", Webhook),
        new("webhook.change", "webhooks enable {0}", SwitchedOff),
        new("webhook.replay", "webhooks replay {0} --from 2026-01-01T00:00Z", Webhook),
        new("webhook.remove", "webhooks remove {0}", Webhook),
        new("user.erase", $"users erase {Ada} --yes"),
    ];

    [Fact]
    public void The_table_has_every_command_that_acts()
    {
        var acting = AdminActions.All.Where(static action =>
            action is { EventType: not null, Command.Offer: not null }
        );

        Assert.Equal(
            acting.Select(static action => action.Name).Order(StringComparer.Ordinal),
            Steps.Select(static step => step.Action).Distinct().Order(StringComparer.Ordinal)
        );
        Assert.All(
            Steps,
            static step =>
                Assert.StartsWith(
                    AdminActions.All.Single(action => action.Name == step.Action).Command.Offer! + " ",
                    step.Line + " ",
                    StringComparison.Ordinal
                )
        );
    }

    [Fact]
    public async Task A_command_that_acts_names_who_ran_it_and_tells_the_person()
    {
        using SmtpServerProcess server = new();
        await server.StartAsync("take");
        await using var receiver = await WebhookReceiver.StartAsync();
        using var identity = Configure(server);
        List<string> wrong = [];

        foreach (var step in Steps)
        {
            if (step.Action == "user.lock")
                await PrepareAsync();
            var (rows, mails) = (await RowsAsync(step), await MailsAsync(step));
            var (code, said) = await identity.RunAsync((await LineAsync(identity, step, receiver)).Split(' '));
            if (code != 0)
                wrong.Add($"{step.Line}: {code} {said}");
            else if (await RowsAsync(step) <= rows)
                wrong.Add($"{step.Line}: no audit row");
            else if (step.Mail is not null && await MailsAsync(step) == mails)
                wrong.Add($"{step.Line}: no mail {step.Mail}");
        }

        Assert.True(wrong.Count == 0, string.Join(Environment.NewLine, wrong));
    }

    private InProcessCommand Configure(SmtpServerProcess server) =>
        new(
            new Dictionary<string, string?>(CommandLineTests.Settings(fixture.Database))
            {
                ["Identity__Mail__Host"] = "127.0.0.1",
                ["Identity__Mail__Port"] = server.Port.ToString(CultureInfo.InvariantCulture),
                ["Identity__Mail__Security"] = "None",
                ["Identity__Mail__From"] = "no-reply@id.example.com",
                ["Identity__Outbound__AllowedNetworks__0"] = "127.0.0.0/8",
                ["Identity__Scopes__reports__Resources__0"] = "https://reports.example",
                ["Identity__PersonalTokens__Enabled"] = "true",
                ["Identity__PersonalTokens__Scopes__0__Name"] = "reports",
            }
        );

    // What some of the commands act on: a session and a family, a second factor, a delivery, an alert.
    private async Task PrepareAsync()
    {
        await using GrantScene scene = new(fixture.Database);
        var ada = await fixture.Database.ScalarAsync<Guid>("SELECT id FROM users WHERE email = @email", ("email", Ada));
        await scene.RedeemAsync(await scene.SignInAsync(ada));
        await scene.RedeemAsync(await scene.PersonAsync());
        await fixture.Database.ExecuteAsync(
            """
            UPDATE users SET two_factor_secret = decode('00', 'hex'), two_factor_enabled = true WHERE email = @email
            """,
            ("email", Ada)
        );
        await fixture.Database.ExecuteAsync(
            """
            INSERT INTO idp.personal_access_tokens (id, user_id, token_hash, name, scopes, expires_at)
            VALUES (gen_random_uuid(), @id, sha256('t'), 'Script', '{orders}', now() + interval '1 day')
            """,
            ("id", ada)
        );
        await fixture.Database.ExecuteAsync(
            """
            INSERT INTO idp.logout_deliveries (id, session_id, user_id, client_id, reason, abandoned_at, last_error)
                VALUES (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'deaf', 'logout', now(), 'timeout');
            INSERT INTO idp.alerts (id, rule, subject, value, threshold, opened_at, last_seen_at)
                VALUES (gen_random_uuid(), 'sign_in_failures', '', 21, 20, now(), now())
            """
        );
    }

    private async Task<string> LineAsync(InProcessCommand identity, Step step, WebhookReceiver receiver)
    {
        if (step.Value is null)
            return step.Line;
        var value = step.Value switch
        {
            "secret" => JsonElement
                .Parse((await identity.RunAsync("clients", "show", "acting", "--json")).Output)
                .GetProperty("secrets")[0]
                .GetProperty("id")
                .GetString(),
            "receiver" => receiver.Address.AbsoluteUri,
            var sql => await fixture.Database.ScalarAsync<string>(sql),
        };
        return step.Line.Replace("{0}", value, StringComparison.Ordinal);
    }

    private Task<long> RowsAsync(Step step) =>
        fixture.Database.ScalarAsync<long>(
            """
            SELECT count(*) FROM audit_logs WHERE event_type = @type AND event_status = 'success'
                AND details ->> 'by' = 'command' AND details ->> 'actor' = @actor
                AND user_agent = 'identity command line (' || @actor || ')'
                AND CASE WHEN @bulk THEN details ? 'bulk' ELSE details ->> 'action' = @action END
            """,
            ("type", AdminActions.All.Single(action => action.Name == step.Action).EventType!),
            ("actor", Environment.UserName),
            ("bulk", step.Action.StartsWith("bulk.", StringComparison.Ordinal)),
            ("action", step.Action)
        );

    private Task<long> MailsAsync(Step step) =>
        fixture.Database.ScalarAsync<long>(
            "SELECT count(*) FROM idp.mail_outbox WHERE kind = @kind",
            ("kind", step.Mail ?? "")
        );

    private sealed record Step(string Action, string Line, string? Value = null, string? Mail = null);
}
