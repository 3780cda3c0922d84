using System.Text;
using Identity.Core.Mail;
using Identity.Core.Primitives;
using Identity.Testing;

namespace Identity.IntegrationTests.Mail;

public sealed class MailOutboxTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    [Fact]
    public async Task Of_twenty_parallel_mails_of_one_kind_to_one_recipient_five_are_sent()
    {
        await using var rooms = new Rooms(fixture.Database);
        var to = EmailAddress.Parse("Flood@Example.org");

        var queued = await Task.WhenAll(
            Enumerable
                .Range(0, 20)
                .Select(n =>
                    QueueAsync(
                        rooms,
                        new(
                            MailKind.PasswordReset,
                            n % 2 == 0 ? to : EmailAddress.Parse("flood@example.ORG"),
                            null,
                            "en"
                        )
                        {
                            Link = rooms.Get<MailLinks>().ResetPassword(OpaqueToken.Create()),
                        }
                    )
                )
        );

        Assert.Equal(5, queued.Count(static taken => taken));
        Assert.Equal(5, (await rooms.MailsToAsync("flood@example.org")).Count);
    }

    /// <summary>Every kind that a stranger can cause by typing an address.</summary>
    private static readonly MailKind[] AskedFor =
    [
        MailKind.PasswordReset,
        MailKind.VerifyEmail,
        MailKind.MagicLink,
        MailKind.EmailAlreadyRegistered,
        MailKind.EmailChangeConfirm,
    ];

    [Fact]
    public async Task Of_fifteen_parallel_mails_of_five_kinds_to_one_recipient_five_are_sent()
    {
        await using var rooms = new Rooms(fixture.Database);
        var to = EmailAddress.Parse("kinds@example.org");

        var queued = await Task.WhenAll(
            Enumerable
                .Range(0, 15)
                .Select(n =>
                    QueueAsync(
                        rooms,
                        new(AskedFor[n % AskedFor.Length], to, null, "en") { Link = rooms.Get<MailLinks>().SignIn }
                    )
                )
        );

        Assert.Equal(5, queued.Count(static taken => taken));
        Assert.Equal(5, (await rooms.MailsToAsync("kinds@example.org")).Count);
    }

    [Fact]
    public async Task A_flood_of_mails_that_anyone_can_ask_for_does_not_hold_back_a_notice()
    {
        await using var rooms = new Rooms(fixture.Database);
        var user = await rooms.UserAsync();
        var to = EmailAddress.Parse(user.Email);
        foreach (var kind in AskedFor)
            await QueueAsync(rooms, new(kind, to, user.Id, "en") { Link = rooms.Get<MailLinks>().SignIn });
        for (var i = 0; i < 30; i++)
            await QueueAsync(rooms, new(MailKind.AccountLocked, to, user.Id, "en"));
        Assert.Equal(5 + 4, (await rooms.MailsToAsync(user.Email)).Count);

        await rooms.Db.InTransactionAsync(
            (transaction, cancel) =>
                rooms
                    .Get<SecurityNotices>()
                    .QueueAsync(transaction, user.Id, MailKind.TwoFactorDisabled, Rooms.Stranger, cancel),
            default
        );

        Assert.Equal("two_factor_disabled", (await rooms.MailsToAsync(user.Email))[^1].Kind);
    }

    [Fact]
    public async Task The_table_shows_neither_recipient_nor_link()
    {
        await using var rooms = new Rooms(fixture.Database);
        var token = OpaqueToken.Create();
        await QueueAsync(
            rooms,
            new(MailKind.VerifyEmail, EmailAddress.Parse("secret.person@example.org"), null, "de")
            {
                Link = rooms.Get<MailLinks>().VerifyEmail(token),
            }
        );

        var row = await fixture.Database.ScalarAsync<string>(
            "SELECT string_agg(encode(content_protected, 'escape') || o::text, '') FROM idp.mail_outbox o"
        );
        var mail = Assert.Single(await rooms.MailsToAsync("secret.person@example.org"));

        Assert.DoesNotContain("secret.person", row, StringComparison.Ordinal);
        Assert.DoesNotContain(token.Value, row, StringComparison.Ordinal);
        Assert.Contains(
            "https://id.example.org/verify-email?token=" + token.Value,
            mail.Content.Text,
            StringComparison.Ordinal
        );
        Assert.Contains("Bestätigen", mail.Content.Subject, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_that_a_person_typed_can_add_a_header()
    {
        await using var rooms = new Rooms(fixture.Database);
        MailMessage hostile = new(MailKind.PasskeyAdded, EmailAddress.Parse("person@example.org"), null, "en")
        {
            Name = "Ada\r\nBcc: evil@example.org\u2028\u202e",
            Values = new Dictionary<string, string> { ["passkey"] = "key\r\nSubject: other<script>\0" },
            Link = rooms.Get<MailLinks>().Account,
            Circumstances = new(TimeProvider.System.GetUtcNow(), "x\r\n.\r\nMAIL FROM:<a@b>", null),
        };

        var content = rooms.Get<MailTexts>().Write(hostile);
        using var connection = new SmtpConnection(new MailOptions { From = "no-reply@id.example.org" });
        using var mail = connection.Compose(
            new(Guid.CreateVersion7(), "passkey_added", 1, TimeProvider.System.GetUtcNow(), content),
            content
        );
        using var raw = new MemoryStream();
        await mail.WriteToAsync(raw);
        var head = Encoding.UTF8.GetString(raw.ToArray()).Replace("\r\n", "\n", StringComparison.Ordinal).Split("\n\n")[
            0
        ];

        Assert.DoesNotContain("\nBcc:", head, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("evil", head, StringComparison.Ordinal);
        Assert.DoesNotContain("\nMAIL FROM", content.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>", content.Html, StringComparison.Ordinal);
        Assert.Single(mail.To);
    }

    private static Task<bool> QueueAsync(Rooms rooms, MailMessage mail) =>
        rooms.Db.InTransactionAsync(
            (transaction, cancel) => rooms.Get<MailOutbox>().QueueAsync(transaction, mail, cancel),
            default
        );
}
