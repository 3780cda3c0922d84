using System.Net;
using Identity.Core.Languages;
using Identity.Core.Mail;
using Identity.Core.Primitives;
using Microsoft.Extensions.Options;

namespace Identity.UnitTests.Mail;

public sealed class MailTextsTests
{
    private static readonly TextCatalog Catalog = TextCatalog.Load(new());

    public static TheoryData<string> Languages => [.. Catalog.Languages.All.Select(static language => language.Tag)];

    [Theory]
    [MemberData(nameof(Languages))]
    public void Every_kind_of_mail_is_whole_in_text_and_HTML(string language)
    {
        var writer = Writer(new() { FromName = "Ada & Co" });

        foreach (var kind in Enum.GetValues<MailKind>())
        {
            var mail = writer.Write(
                new(kind, EmailAddress.Parse("person@example.org"), null, language + "-x-own")
                {
                    Link = kind is MailKind.AccountDeleted or MailKind.Test or MailKind.SignInCode or MailKind.MailCode
                        ? null
                        : new("https://id.example.org/x?token=abc&b=c"),
                    Values = new Dictionary<string, string>
                    {
                        ["email"] = "new@example.org",
                        ["remaining"] = "7",
                        ["passkey"] = "My key",
                        ["token"] = "Backup script",
                        ["scopes"] = "orders.read",
                        ["provider"] = "Work",
                        ["title"] = "Many failed sign-ins",
                        ["advice"] = "See from where.",
                        ["count"] = "1",
                        ["value"] = "101",
                        ["threshold"] = "100",
                        ["subjects"] = "192.0.2.7",
                        ["role"] = "identity-support",
                        ["code"] = "123456",
                        ["sessions"] = "3",
                        ["apps"] = "2",
                        ["browsers"] = "1",
                    },
                    Circumstances = kind.IsAskedFor()
                        ? null
                        : new(DateTimeOffset.UnixEpoch, "Firefox, Linux", "192.0.2.1"),
                }
            );

            Assert.DoesNotContain('{', mail.Subject + mail.Text);
            Assert.Equal(
                kind is not (MailKind.AccountDeleted or MailKind.Test or MailKind.SignInCode or MailKind.MailCode),
                mail.Text.Contains("https://id.example.org/x?token=abc&b=c", StringComparison.Ordinal)
            );
            Assert.Contains(language == "ar" ? "dir=\"rtl\"" : "dir=\"ltr\"", mail.Html, StringComparison.Ordinal);
            Assert.Contains($"lang=\"{language}\"", mail.Html, StringComparison.Ordinal);
            Assert.Contains("Ada &amp; Co", mail.Html, StringComparison.Ordinal);
            Assert.DoesNotContain("Ada & Co", mail.Html, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', mail.Subject);
        }
    }

    [Theory]
    [InlineData("de-AT", "de")]
    [InlineData("de_DE", "de")]
    [InlineData("AR", "ar")]
    [InlineData("xx", "en")]
    [InlineData("..", "en")]
    [InlineData(null, "en")]
    public void A_language_that_is_not_ours_is_English(string? locale, string language) =>
        Assert.Equal(language, Write(locale).Language);

    [Fact]
    public void A_name_is_never_used_in_a_mail_that_anyone_can_ask_for()
    {
        var mail = Writer()
            .Write(
                new(MailKind.VerifyEmail, EmailAddress.Parse("person@example.org"), null, "en")
                {
                    Name = "Win money at evil.example",
                    Link = new("https://id.example.org/"),
                }
            );

        Assert.DoesNotContain("evil", mail.Text + mail.Html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("en", null, "1 June 2026 at 22:30 (UTC)")]
    [InlineData("en", "Asia/Tokyo", "2 June 2026 at 07:30 (Asia/Tokyo)")]
    [InlineData("de", "Europe/Berlin", "2. Juni 2026, 00:30 Uhr (Europe/Berlin)")]
    [InlineData("fr", "../../etc/passwd", "1 juin 2026 à 22:30 (UTC)")]
    [InlineData("es", null, "1 de junio de 2026, 22:30 (UTC)")]
    [InlineData("pl", null, "1 czerwca 2026, 22:30 (UTC)")]
    [InlineData("tr", null, "1 Haziran 2026 22:30 (UTC)")]
    [InlineData("zh-CN", null, "2026年6月1日 22:30 (UTC)")]
    [InlineData("ja", "Asia/Tokyo", "2026年6月2日 07:30 (Asia/Tokyo)")]
    [InlineData("ar", "Asia/Riyadh", "2 يونيو 2026، 01:30 (Asia/Riyadh)")]
    public void A_notice_tells_its_time_in_the_language_and_the_zone_of_its_reader(
        string language,
        string? zone,
        string told
    )
    {
        var mail = Writer()
            .Write(
                new(MailKind.NewDevice, EmailAddress.Parse("person@example.org"), null, language)
                {
                    Link = new("https://id.example.org/"),
                    Circumstances = new(new(2026, 6, 1, 22, 30, 0, TimeSpan.Zero), "Firefox, Linux", "192.0.2.1", zone),
                }
            );

        Assert.Contains(told, mail.Text, StringComparison.Ordinal);
        Assert.Contains($"<bdi>{told}</bdi>", WebUtility.HtmlDecode(mail.Html), StringComparison.Ordinal);
    }

    [Fact]
    public void The_button_has_the_colours_that_it_is_given()
    {
        var mail = Writer(style: new("#ffcc00", "#101213"))
            .Write(
                new(MailKind.PasswordReset, EmailAddress.Parse("person@example.org"), null, "en")
                {
                    Link = new("https://id.example.org/"),
                }
            );

        Assert.Contains("background:#ffcc00;color:#101213", mail.Html, StringComparison.Ordinal);
    }

    [Fact]
    public void A_theme_gives_a_mail_its_sender_its_logo_and_its_last_line()
    {
        var style = new MailStyle("#ffcc00", "#101213")
        {
            Sender = "Shop & Co",
            LogoUri = "https://cdn.example/a.png?x=1&y=\"",
            Footer = "Example <b>, Berlin",
        };

        var mail = Writer(style: style).Write(new(MailKind.Test, EmailAddress.Parse("person@example.org"), null, "en"));

        Assert.Equal("Shop & Co", mail.Sender);
        Assert.Contains("Shop & Co", mail.Text, StringComparison.Ordinal);
        Assert.EndsWith("Example <b>, Berlin\n", mail.Text, StringComparison.Ordinal);
        Assert.Contains("src=\"https://cdn.example/a.png?x=1&amp;y=&quot;\"", mail.Html, StringComparison.Ordinal);
        Assert.Contains("<br>Example &lt;b&gt;, Berlin</p>", mail.Html, StringComparison.Ordinal);
    }

    [Fact]
    public void An_address_in_an_Arabic_mail_keeps_its_own_direction()
    {
        var mail = Writer()
            .Write(
                new(MailKind.EmailChangeNotice, EmailAddress.Parse("person@example.org"), null, "ar")
                {
                    Link = new("https://id.example.org/"),
                    Values = new Dictionary<string, string> { ["email"] = "new@example.org" },
                }
            );

        Assert.Contains("\u2068new@example.org\u2069", mail.Text, StringComparison.Ordinal);
    }

    private static MailContent Write(string? locale) =>
        Writer().Write(new(MailKind.Test, EmailAddress.Parse("person@example.org"), null, locale));

    private static MailTexts Writer(MailOptions? options = null, MailStyle? style = null) =>
        new(Options.Create(options ?? new()), Catalog, style is null ? null : new OneStyle(style));

    private sealed record OneStyle(MailStyle Current) : IMailStyleSource;
}
