using System.Net;
using Identity.Core.Administration;
using Identity.Core.PersonalTokens;
using Identity.Server.Protocol.Tokens.Jose;
using Identity.Server.Protocol.Tokens.Signing;
using Identity.Testing;

namespace Identity.IntegrationTests.Admin.Api;

/// <summary>The everyday cases of whoever helps people, by the API: each leaves its audit row, and the person is
/// told.</summary>
public sealed partial class EverydayApiTests(ApiFixture fixture) : IClassFixture<ApiFixture>
{
    /// <summary>The calls of a case, what it leaves in the audit log, and the mail that the person gets.</summary>
    public static TheoryData<string, string, string, string?, string, string?> Cases =>
        new()
        {
            { "locked out", "POST", "unlock", null, "account_unlocked", "account_unlocked" },
            {
                "lost phone",
                "POST",
                "factors/totp/remove",
                """{"note":"Showed the passport"}""",
                "2fa_disabled",
                "factor_removed"
            },
            { "stolen laptop", "DELETE", "sessions", null, "session_revoked", "sessions_ended" },
            {
                "left the company",
                "POST",
                "deactivate",
                """{"note":"Last day"}""",
                "account_disabled",
                "account_deactivated"
            },
            { "changed address", "PUT", "email", """{"email":"{new}"}""", "email_changed", "email_change_notice" },
            { "data copy", "POST", "export", null, "data_exported", "data_copied" },
            { "erasure", "POST", "erase", """{"confirmation":"{email}"}""", "account_deleted", null },
            { "forgotten password", "POST", "password-reset", null, "password_reset_request", "password_reset" },
        };

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_case_is_one_call(
        string name,
        string method,
        string path,
        string? body,
        string audit,
        string? mail
    )
    {
        var robot = await fixture.AsAsync();
        var (id, email) = await SignedInAsync();

        var answer = await robot.SendAsync(
            method,
            $"/users/{id}/{path}",
            body?.Replace("{email}", email, StringComparison.Ordinal)
                .Replace("{new}", $"n{Guid.NewGuid():N}@example.org", StringComparison.Ordinal)
        );

        Assert.True((int)answer.Status is 200 or 204, $"{name}: {answer.Text}");
        Assert.True(
            await fixture.Database.ScalarAsync<bool>(
                """
                SELECT EXISTS (SELECT FROM audit_logs WHERE event_type = @type AND details ->> 'by' = 'client'
                    AND details ->> 'actor' = @client AND (user_id = @id OR user_id IS NULL))
                """,
                ("type", audit),
                ("client", AdminRole.Admin),
                ("id", id)
            ),
            $"{name}: no audit row"
        );
        if (mail is not null)
            Assert.Contains(mail, await MailsAsync(id));
    }

    [Fact]
    public async Task A_personal_token_is_listed_without_its_secret_and_revoked_once()
    {
        var robot = await fixture.AsAsync();
        var (id, _) = await SignedInAsync();
        var token = await fixture.Database.ScalarAsync<Guid>(
            """
            INSERT INTO idp.personal_access_tokens (id, user_id, token_hash, name, scopes, expires_at)
            VALUES (gen_random_uuid(), @id, sha256(@id::text::bytea), 'Backup', '{orders}', now() + interval '1 day')
            RETURNING id
            """,
            ("id", id)
        );

        var listed = await robot.GetAsync($"/users/{id}/personal-tokens");
        var revoked = await robot.SendAsync("DELETE", $"/users/{id}/personal-tokens/{token}");
        var again = await robot.SendAsync("DELETE", $"/users/{id}/personal-tokens/{token}");

        var shown = Assert.Single(listed.Json.EnumerateArray());
        Assert.Equal(("Backup", token), (shown.GetProperty("name").GetString(), shown.GetProperty("id").GetGuid()));
        Assert.DoesNotContain("hash", listed.Text, StringComparison.Ordinal);
        revoked.Must(HttpStatusCode.NoContent);
        again.Must(HttpStatusCode.NotFound);
        Assert.Contains("personal_token_revoked", await MailsAsync(id));
    }

    [Fact]
    public async Task A_personal_token_is_made_for_a_person_and_told_by_mail()
    {
        var robot = await fixture.AsAsync();
        var (id, _) = await SignedInAsync();

        var made = await robot.PostAsync(
            $"/users/{id}/personal-tokens",
            new
            {
                name = "Report",
                scopes = new[] { "orders" },
                days = 7,
            }
        );
        var tooMuch = await robot.PostAsync(
            $"/users/{id}/personal-tokens",
            new
            {
                name = "Report",
                scopes = new[] { "orders", "api" },
                days = 7,
            }
        );
        var listed = await robot.GetAsync($"/users/{id}/personal-tokens");

        made.Must(HttpStatusCode.Created);
        Assert.Matches($"^{PersonalToken.Pattern}$", made.Json.GetProperty("token").GetString());
        Assert.Equal(HttpStatusCode.BadRequest, tooMuch.Status);
        Assert.Equal(
            made.Json.GetProperty("id").GetGuid(),
            Assert.Single(listed.Json.EnumerateArray()).GetProperty("id").GetGuid()
        );
        Assert.Contains("personal_token_created", await MailsAsync(id));
    }

    [Fact]
    public async Task Somebody_is_invited_again_invited_and_disinvited()
    {
        var robot = await fixture.AsAsync();
        var email = $"invited-{Guid.NewGuid():N}@example.org";

        var sent = await robot.PostAsync("/invitations", new { email });
        var listed = await robot.GetAsync("/invitations");
        var again = await robot.PostAsync($"/invitations/{sent.Id}/resend");
        var withdrawn = await robot.SendAsync("DELETE", $"/invitations/{sent.Id}");

        sent.Must(HttpStatusCode.Created);
        Assert.Contains(email, listed.Text, StringComparison.Ordinal);
        again.Must(HttpStatusCode.NoContent);
        withdrawn.Must(HttpStatusCode.NoContent);
        Assert.DoesNotContain(email, (await robot.GetAsync("/invitations")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Why_somebody_was_refused_is_read_by_the_id_that_they_saw()
    {
        var robot = await fixture.AsAsync();
        using RelyingParty party = new(fixture.Host);
        using var refused = await party.Browser.GetAsync(
            "/connect/authorize?client_id=web&response_type=code&redirect_uri=https%3A%2F%2Fapp.example%2Fwrong"
        );
        var id = refused.Headers.GetValues("X-Correlation-Id").Single();

        ApiResponse answer = null!;
        // Refusals are written after the answer.
        for (var i = 0; i < 50 && answer?.Status != HttpStatusCode.OK; i++)
        {
            await Task.Delay(20);
            answer = await robot.GetAsync($"/denials/{id}");
        }

        answer.Must(HttpStatusCode.OK);
        Assert.Contains("/wrong", answer["received"], StringComparison.Ordinal);
        Assert.Contains(id, (await robot.GetAsync("/denials?client=web")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_recorded_of_a_person_is_read_page_by_page_and_exported()
    {
        var robot = await fixture.AsAsync();
        var (id, _) = await SignedInAsync();
        for (var i = 0; i < 3; i++)
            await robot.PostAsync($"/users/{id}/lock", new { minutes = 5, note = "Asked for it" });

        List<string> seen = [];
        for (string? cursor = ""; cursor is not null; )
        {
            var page = await robot.GetAsync($"/audit?user={id}&type=account_locked&limit=1&cursor={cursor}");
            seen.AddRange(
                page.Json.GetProperty("items").EnumerateArray().Select(static one => one.GetProperty("id").ToString())
            );
            cursor = page["next"];
        }
        var export = await robot.GetAsync($"/audit/export?user={id}&format=csv");

        Assert.Equal(3, seen.Distinct().Count());
        Assert.StartsWith("id,created_at,event_type", export.Text, StringComparison.Ordinal);
        Assert.Contains("account_locked", export.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_log_is_verified_and_the_figures_of_the_service_are_read()
    {
        var robot = await fixture.AsAsync(AdminRole.Auditor);

        var verified = await robot.GetAsync("/audit/verification?since=2026-01-01T00:00:00Z");
        var overview = await robot.GetAsync("/overview?span=day");
        var unknown = await robot.GetAsync("/overview?span=year");

        Assert.True(verified.Must(HttpStatusCode.OK).Json.TryGetProperty("seals", out _), verified.Text);
        Assert.False(verified.Json.TryGetProperty("break", out _), verified.Text);
        Assert.InRange(overview.Must(HttpStatusCode.OK).Json.GetProperty("sign_ins").GetArrayLength(), 96, 97);
        Assert.Equal(["span"], unknown.Must(HttpStatusCode.BadRequest).Fields);
    }

    [Fact]
    public async Task A_person_proves_who_they_are_for_what_cannot_be_undone()
    {
        var admin = await fixture.HolderAsync(AdminRole.Admin);
        var token = await fixture.PersonTokenAsync(admin);
        var caller = fixture.With(token);
        var (id, email) = await fixture.UserAsync();

        var fresh = await caller.PostAsync($"/users/{id}/export");
        var late = await fixture
            .With(await LaterAsync(token))
            .PostAsync($"/users/{id}/erase", new { confirmation = email });

        fresh.Must(HttpStatusCode.OK);
        late.Must(HttpStatusCode.Unauthorized);
        Assert.Contains("max_age=\"300\"", late.Headers["WWW-Authenticate"], StringComparison.Ordinal);
        (await (await fixture.AsAsync()).GetAsync($"/users/{id}")).Must(HttpStatusCode.OK);
    }

    // The same token, as it would be six minutes after the sign-in.
    private Task<string> LaterAsync(string token)
    {
        var claims = System.Text.Json.JsonSerializer.Deserialize<Dictionary<string, object?>>(
            System.Buffers.Text.Base64Url.DecodeFromChars(token.Split('.')[1])
        )!;
        claims["auth_time"] = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() - 360;
        return Task.FromResult(fixture.Service<IJwtSigner>().Sign("ES256", "at+jwt", JwtClaims.Write(claims)));
    }

    private async Task<(Guid Id, string Email)> SignedInAsync()
    {
        var (id, email) = await fixture.UserAsync();
        using RelyingParty party = new(fixture.Host);
        await party.SignInAsync(id);
        await fixture.Database.ExecuteAsync(
            """
            UPDATE users SET two_factor_secret = decode('00', 'hex'), two_factor_enabled = true,
                account_locked_until = now() + interval '1 hour' WHERE id = @id
            """,
            ("id", id)
        );
        return (id, email);
    }

    private async Task<string> MailsAsync(Guid id) =>
        await fixture.Database.ScalarAsync<string?>(
            "SELECT string_agg(kind, ' ') FROM idp.mail_outbox WHERE user_id = @id",
            ("id", id)
        ) ?? "";
}
