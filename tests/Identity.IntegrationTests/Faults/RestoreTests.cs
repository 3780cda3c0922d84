using System.Text.Json;
using Identity.IntegrationTests.Protocol;
using Identity.Testing;

namespace Identity.IntegrationTests.Faults;

/// <summary>After an old backup was restored, one command ends what the backup brought back to life.</summary>
public sealed class RestoreTests
{
    private const string Arrange = """
        INSERT INTO public.password_reset_tokens (user_id, token_hash) SELECT id, sha256('reset') FROM public.users;
        INSERT INTO public.email_verification_tokens (user_id, email, token_hash) SELECT id, email, sha256('verify')
            FROM public.users;
        INSERT INTO idp.magic_links (id, user_id, email, token_hash, browser_hash)
            SELECT gen_random_uuid(), id, email, sha256('magic'), sha256('browser') FROM public.users;
        INSERT INTO idp.email_change_reverts (id, user_id, old_email, token_hash)
            SELECT gen_random_uuid(), id, 'old@example.com', sha256('revert') FROM public.users;
        INSERT INTO idp.secure_account_links (id, user_id, kind, token_hash)
            SELECT gen_random_uuid(), id, 'new_device', sha256('secure') FROM public.users;
        INSERT INTO idp.login_challenges (token_hash, user_id, amr) SELECT sha256('challenge'), id, '{pwd}'
            FROM public.users;
        INSERT INTO idp.passkey_ceremonies (token_hash, kind, user_id, state_protected)
            SELECT sha256('ceremony'), 'sign_in', id, 'state' FROM public.users;
        INSERT INTO idp.trusted_devices (id, user_id, token_hash) SELECT gen_random_uuid(), id, sha256('device')
            FROM public.users;
        INSERT INTO idp.mail_outbox (id, kind, user_id, recipient_hash, asked_for, content_protected)
            SELECT gen_random_uuid(), 'password_reset', id, sha256('ada'), true, 'content' FROM public.users;
        INSERT INTO idp.grants (id, kind, user_id, client_id, scopes)
            SELECT gen_random_uuid(), 'consent', id, 'asking', '{openid}' FROM public.users
        """;

    private const string Live = """
        SELECT (SELECT count(*) FROM public.sessions WHERE is_active)
             + (SELECT count(*) FROM public.refresh_tokens WHERE used_at IS NULL AND revoked_at IS NULL)
             + (SELECT count(*) FROM idp.token_families WHERE revoked_at IS NULL)
             + (SELECT count(*) FROM idp.grants WHERE kind <> 'consent' AND revoked_at IS NULL AND consumed_at IS NULL)
             + (SELECT count(*) FROM public.password_reset_tokens WHERE used_at IS NULL)
             + (SELECT count(*) FROM public.email_verification_tokens WHERE used_at IS NULL)
             + (SELECT count(*) FROM idp.magic_links WHERE used_at IS NULL)
             + (SELECT count(*) FROM idp.email_change_reverts WHERE used_at IS NULL)
             + (SELECT count(*) FROM idp.secure_account_links WHERE used_at IS NULL)
             + (SELECT count(*) FROM idp.login_challenges) + (SELECT count(*) FROM idp.passkey_ceremonies)
             + (SELECT count(*) FROM idp.trusted_devices WHERE revoked_at IS NULL)
             + (SELECT count(*) FROM idp.mail_outbox WHERE state = 'queued' OR content_protected IS NOT NULL)
        """;

    [Fact]
    public async Task One_command_ends_all_that_a_backup_brings_back_and_keeps_accounts_and_consents()
    {
        await using var database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        Dictionary<string, string?> settings = new(ProtocolFixture.Settings);
        await using var host = await IdentityHost.StartAsync(database, settings);
        using RelyingParty party = new(host);
        await party.SignInAsync(await RelyingParty.CreateUserAsync(database, "ada@example.com"));
        var tokens = await party.GetTokensAsync("openid offline_access");
        var code = (await party.AuthorizeAsync("openid"))["code"];
        await database.ExecuteAsync(Arrange);
        Assert.True(await database.ScalarAsync<long>(Live) >= 12);

        var folder = IdentityProcess.CreateFolder();
        var restored = await IdentityProcess.RunAsync(
            folder,
            new Dictionary<string, string?>
            {
                ["ASPNETCORE_ENVIRONMENT"] = "Development",
                ["ConnectionStrings__Identity"] = database.ConnectionString,
            },
            null,
            "restore",
            "--json"
        );
        Directory.Delete(folder, recursive: true);

        Assert.True(restored.ExitCode == 0, restored.Error);
        using var result = JsonDocument.Parse(restored.Output);
        Assert.Equal(1, result.RootElement.GetProperty("sessions").GetInt32());
        Assert.Equal(0L, await database.ScalarAsync<long>(Live));
        Assert.Equal("invalid_grant", (await party.RefreshAsync(tokens.RefreshToken!)).Error);
        Assert.Equal("invalid_grant", (await party.RedeemAsync(code)).Error);
        using var again = await party.Browser.GetAsync(party.AuthorizeUrl());
        Assert.Contains("/sign-in", again.Headers.Location!.OriginalString, StringComparison.Ordinal);
        Assert.Equal(
            1L,
            await database.ScalarAsync<long>(
                "SELECT count(*) FROM idp.grants WHERE kind = 'consent' AND revoked_at IS NULL"
            )
        );
        Assert.Equal(
            1L,
            await database.ScalarAsync<long>("SELECT count(*) FROM audit_logs WHERE event_type = 'backup_restored'")
        );
    }
}
