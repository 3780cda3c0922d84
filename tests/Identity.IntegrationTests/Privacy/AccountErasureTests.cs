using System.Text.Json;
using Identity.Core.External;
using Identity.Core.Passkeys;
using Identity.Core.Privacy;
using Identity.Core.Recovery;
using Identity.Core.Sessions;
using Identity.Core.TwoFactor;
using Identity.Core.Users;
using Identity.IntegrationTests.Passkeys;
using Identity.IntegrationTests.TwoFactor;
using Identity.Testing;

namespace Identity.IntegrationTests.Privacy;

public sealed class AccountErasureTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    [Fact]
    public async Task PR_1_after_an_erasure_no_row_leads_to_the_person_and_the_address_is_free()
    {
        await using var rooms = new Rooms(fixture.Database);
        var user = await FurnishedAsync(rooms);
        var session = await rooms.SignInAsync(user);

        Assert.True(await rooms.Get<AccountEraser>().EraseAsync(rooms.Db, user.Id));
        Assert.False(await rooms.Get<AccountEraser>().EraseAsync(rooms.Db, user.Id));

        Assert.Null(await rooms.Get<SessionStore>().ValidateAsync(session.Token.Digest, default));
        // Every table that has a column of this name, whoever adds one later; the audit log and the ledger of logouts
        // keep the bare id.
        var tables = await rooms.Db.QueryAsync(
            """
            SELECT table_schema || '.' || table_name FROM information_schema.columns
            WHERE column_name = 'user_id' AND table_schema IN ('public', 'idp') AND table_name NOT LIKE 'audit_logs%'
                AND table_name <> 'logout_deliveries'
              AND table_name NOT IN (SELECT viewname FROM pg_views WHERE schemaname = 'public')
            """,
            static row => row.GetString(0),
            default
        );
        Assert.Contains("idp.passkeys", tables);
        foreach (var table in tables)
            Assert.True(
                await fixture.Database.ScalarAsync<long>(
                    $"SELECT count(*) FROM {table} WHERE user_id = @id",
                    ("id", user.Id)
                ) == 0,
                table
            );
        var left = await fixture.Database.ScalarAsync<string>(
            "SELECT jsonb_strip_nulls(to_jsonb(u) - '{id,created_at,updated_at,deleted_at}'::text[])::text FROM users "
                + "u WHERE id = @id",
            ("id", user.Id)
        );
        Assert.DoesNotContain("Ada", left, StringComparison.Ordinal);
        Assert.DoesNotContain(user.Email, left, StringComparison.Ordinal);
        Assert.Equal("account_deleted", Assert.Single(await rooms.MailsToAsync(user.Email)).Kind);
        Assert.Equal(
            0L,
            await fixture.Database.ScalarAsync<long>(
                "SELECT count(*) FROM audit_logs a WHERE a::text ILIKE '%' || @email || '%'",
                ("email", user.Email)
            )
        );
        Assert.NotEqual(user.Id, (await rooms.UserAsync(email: user.Email)).Id);
    }

    [Fact]
    public async Task An_external_login_of_an_erased_account_is_free_for_another()
    {
        await using var rooms = new Rooms(fixture.Database);
        var (former, next) = (await rooms.UserAsync(), await rooms.UserAsync());
        var logins = rooms.Get<ExternalLoginStore>();
        var subject = former.Id.ToString();
        await logins.LinkAsync(
            former.Credential,
            "work",
            "https://work.example",
            subject,
            "Ada",
            Rooms.Stranger,
            default
        );

        await rooms.Get<AccountEraser>().EraseAsync(rooms.Db, former.Id);
        await logins.LinkAsync(
            next.Credential,
            "work",
            "https://work.example",
            subject,
            "Ada",
            Rooms.Stranger,
            default
        );

        Assert.Equal("work", Assert.Single(await logins.ListAsync(next.Id, default)).Provider);
    }

    [Fact]
    public async Task PR_2_the_export_tells_everything_and_no_secret()
    {
        await using var rooms = new Rooms(fixture.Database);
        var user = await FurnishedAsync(rooms);

        var json = (await rooms.Get<AccountExporter>().ExportAsync(user.Id, Rooms.Stranger, default))!;

        using var document = JsonDocument.Parse(json);
        var root = document.RootElement;
        Assert.Equal(user.Email, root.GetProperty("account").GetProperty("email").GetString());
        Assert.Equal("Ada", root.GetProperty("profile").GetProperty("name").GetString());
        foreach (
            var list in new[]
            {
                "sessions",
                "connected_apps",
                "passkeys",
                "trusted_devices",
                "external_logins",
                "roles",
                "groups",
                "mails",
                "activity",
            }
        )
            Assert.True(root.GetProperty(list).GetArrayLength() > 0, list);
        Assert.Equal("Maths", Assert.Single(root.GetProperty("attributes").EnumerateObject()).Value.GetString());
        foreach (var secret in new[] { "hash", "\"secret", "token", "public_key", "$idp1", "credential", "protected" })
            Assert.DoesNotContain(
                secret,
                json.Replace("\"has_password\"", "", StringComparison.Ordinal)
                    .Replace("\"personal_access_tokens\"", "", StringComparison.Ordinal),
                StringComparison.OrdinalIgnoreCase
            );
        Assert.Null(await rooms.Get<AccountExporter>().ExportAsync(Guid.NewGuid(), Rooms.Stranger, default));
    }

    [Fact]
    public async Task Notices_tell_of_a_new_browser_once_and_not_of_the_first()
    {
        await using var rooms = new Rooms(fixture.Database);
        var user = await rooms.UserAsync();
        var (laptop, phone) = (Rooms.Stranger with { DeviceId = "laptop" }, Rooms.Stranger with { DeviceId = "phone" });

        await rooms.SignInAsync(user, laptop);
        await rooms.SignInAsync(user, laptop);
        Assert.Empty(await rooms.MailsToAsync(user.Email));
        await rooms.SignInAsync(user, phone);
        await rooms.SignInAsync(user, phone);

        var notice = Assert.Single(await rooms.MailsToAsync(user.Email));
        Assert.Equal("new_device", notice.Kind);
        Assert.Contains("Firefox, Linux", notice.Content.Text, StringComparison.Ordinal);
        Assert.Contains("192.0.2.9", notice.Content.Text, StringComparison.Ordinal);
    }

    private async Task<UserAccount> FurnishedAsync(Rooms rooms)
    {
        var (user, _, _) = await TotpAuthenticatorTests.EnrolledAsync(rooms);
        await rooms.SignInAsync(user);
        await rooms
            .Get<PasskeyStore>()
            .AddAsync(await rooms.ProofAsync(user), PasskeyStoreTests.Of(user), Rooms.Stranger, default);
        await rooms.Get<TrustedDeviceStore>().TrustAsync(await rooms.ProofAsync(user), null, Rooms.Stranger, default);
        await rooms
            .Get<ExternalLoginStore>()
            .LinkAsync(
                await rooms.ProofAsync(user),
                "work",
                "https://work.example",
                user.Id.ToString(),
                "Ada",
                Rooms.Stranger,
                default
            );
        await rooms.Get<LoginChallengeStore>().BeginAsync(new(await rooms.ProofAsync(user), ["pwd"], null), default);
        await rooms
            .Get<PasskeyCeremonyStore>()
            .BeginAsync(PasskeyCeremony.StepUp, await rooms.ProofAsync(user), "x", default);
        await rooms.Get<PasswordRecovery>().RequestAsync(user.Email, "en", Rooms.Stranger, default);
        await fixture.Database.ExecuteAsync(
            """
            WITH a AS (INSERT INTO idp.grants (id, kind, user_id, client_id, scopes)
                VALUES (gen_random_uuid(), 'consent', @id, 'app', '{openid}')),
                 b AS (INSERT INTO idp.magic_links (id, user_id, email, token_hash, browser_hash)
                     VALUES (gen_random_uuid(), @id, 'x@y.z', sha256(@id::text::bytea), sha256('b'))),
                 c AS (INSERT INTO email_verification_tokens (user_id, email, token_hash)
                     VALUES (@id, 'x@y.z', sha256(@id::text::bytea))),
                 d AS (INSERT INTO idp.roles (name) VALUES (@id::text) RETURNING id),
                 e AS (INSERT INTO idp.user_roles (user_id, role_id) SELECT @id, id FROM d),
                 f AS (INSERT INTO idp.groups (name) VALUES (@id::text) RETURNING id),
                 g AS (INSERT INTO idp.user_groups (user_id, group_id) SELECT @id, id FROM f),
                 h AS (INSERT INTO idp.attribute_definitions (name, value_type, visible_to, editable_by)
                     VALUES ('a' || replace(@id::text, '-', ''), 'text', 'person', 'person') RETURNING name),
                 i AS (INSERT INTO idp.user_attributes (user_id, name, value) SELECT @id, name, '"Maths"' FROM h)
            , j AS (INSERT INTO idp.secure_account_links (id, user_id, kind, token_hash)
                     VALUES (gen_random_uuid(), @id, 'new_device', sha256(@id::text::bytea)))
            INSERT INTO idp.email_change_reverts (id, user_id, old_email, token_hash)
                VALUES (gen_random_uuid(), @id, 'x@y.z', sha256(@id::text::bytea))
            """,
            ("id", user.Id)
        );
        return user;
    }
}
