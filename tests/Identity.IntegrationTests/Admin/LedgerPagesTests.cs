using System.Text.RegularExpressions;

namespace Identity.IntegrationTests.Admin;

/// <summary>Lists whose entries have one moment: whatever one transaction wrote.</summary>
public sealed class LedgerPagesTests(ConsoleFixture fixture) : IClassFixture<ConsoleFixture>
{
    private const int Rows = 120;

    [Theory]
    [InlineData(
        "/admin/mail",
        """
            INSERT INTO idp.mail_outbox (id, kind, recipient_hash, asked_for, state, abandoned_at, last_error)
            SELECT gen_random_uuid(), 'invitation', sha256(n::text::bytea), false, 'abandoned', now(),
                'paged ' || n || '.'
            FROM generate_series(1, 120) n
            """
    )]
    [InlineData(
        "/admin/deliveries",
        """
            INSERT INTO idp.logout_deliveries (session_id, user_id, client_id, reason, last_error, abandoned_at)
            SELECT gen_random_uuid(), gen_random_uuid(), 'shop', 'revoked', 'paged ' || n || '.', now()
            FROM generate_series(1, 120) n
            """
    )]
    [InlineData(
        "/admin/webhooks/webhook?id=0193a1b2-0000-7000-8000-000000000eb4",
        """
            WITH webhook AS (
                INSERT INTO idp.webhook_endpoints (id, url, is_enabled, secret_protected)
                VALUES ('0193a1b2-0000-7000-8000-000000000eb4', 'https://app.example/', false, '\x00') RETURNING id),
                 event AS (
                INSERT INTO idp.events (type, data) SELECT 'user.deleted', '{}' FROM generate_series(1, 120)
                RETURNING seq)
            INSERT INTO idp.webhook_deliveries (endpoint_id, event_seq, last_error, abandoned_at)
            SELECT webhook.id, event.seq, 'paged ' || event.seq || '.', now() FROM webhook, event
            """
    )]
    public async Task Pages_show_each_of_many_entries_of_one_moment_once(string path, string insert)
    {
        using var admin = await fixture.OperatorAsync();
        await fixture.Database.ExecuteAsync(insert);
        List<string> shown = [];
        var pages = 0;

        for (string? next = path; next is not null && pages < 10; pages++)
        {
            var page = await admin.GetAsync(next);
            shown.AddRange(Regex.Matches(page.Html, @"paged (\d+)\.").Select(static match => match.Groups[1].Value));
            next = Regex.Match(page.Html, $"href=\"({path.Split('?')[0]}\\?[^\"]*after=[^\"]+)\"")
                is { Success: true } link
                ? System.Net.WebUtility.HtmlDecode(link.Groups[1].Value)
                : null;
        }

        Assert.InRange(pages, 3, 9);
        Assert.Equal(Rows, shown.Distinct().Count());
        Assert.Equal(Rows, shown.Count);
    }
}
