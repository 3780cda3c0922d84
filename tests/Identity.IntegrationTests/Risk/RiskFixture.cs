using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using Identity.Core.Denials;
using Identity.Core.Mail;
using Identity.Core.Users;
using Identity.IntegrationTests.Pages;
using Identity.Testing;

namespace Identity.IntegrationTests.Risk;

/// <summary>A host that judges sign-ins, and addresses in several countries, all of them loopback.</summary>
public sealed partial class RiskFixture : IAsyncLifetime
{
    /// <summary>In Berlin, where everybody usually is.</summary>
    public static readonly IPAddress Home = IPAddress.Parse("127.0.0.1");

    /// <summary>In Berlin, in another network.</summary>
    public static readonly IPAddress Cafe = IPAddress.Parse("127.2.0.1");

    /// <summary>In Tokyo.</summary>
    public static readonly IPAddress Abroad = IPAddress.Parse("127.1.0.1");

    /// <summary>In Tokyo, in a network that the operator lists.</summary>
    public static readonly IPAddress Listed = IPAddress.Parse("127.9.0.1");

    private readonly string _folder = IdentityProcess.CreateFolder();

    public RiskFixture() => Pages = new(Settings);

    /// <summary>A folder for what a test starts.</summary>
    internal string Folder => _folder;

    public PagesFixture Pages { get; }

    public IdentityHost Host => Pages.Host;

    /// <summary>What the host is started with.</summary>
    internal Dictionary<string, string?> Settings =>
        new()
        {
            ["Identity:Places:CityFile"] = Path.Combine(_folder, "city.mmdb"),
            ["Identity:Places:ListedNetworksFile"] = Path.Combine(_folder, "listed.txt"),
            ["Identity:Risk:Enabled"] = "true",
            ["Identity:Risk:RefuseFrom"] = "130",
        };

    public Task InitializeAsync()
    {
        PlaceFileWriter
            .Cities(
                ("127.0.0.0/16", TestPlace.Berlin),
                ("127.1.0.0/16", TestPlace.Tokyo),
                ("127.2.0.0/16", TestPlace.Berlin),
                ("127.9.0.0/16", TestPlace.Tokyo)
            )
            .Save(Path.Combine(_folder, "city.mmdb"));
        File.WriteAllText(Path.Combine(_folder, "listed.txt"), "# exits\n127.9.0.0/16 # Tokyo\n2001:db8::/32\n");
        return Pages.InitializeAsync();
    }

    public async Task DisposeAsync()
    {
        await Pages.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>A person who has signed in at home before.</summary>
    public async Task<UserAccount> ResidentAsync()
    {
        var user = await Pages.UserAsync("Ada");
        using var browser = await Pages.SignedInAsync(user);
        return user;
    }

    /// <summary>Gives the password in a browser that comes from an address.</summary>
    public async Task<(PageBrowser Browser, VisitedPage Answer)> TryAsync(UserAccount user, IPAddress from)
    {
        PageBrowser browser = new(Host, from);
        return (browser, await browser.SignInAsync(user.Email, PagesFixture.Password));
    }

    /// <summary>The mails of a kind to a person, newest first.</summary>
    public async Task<IReadOnlyList<MailContent>> MailsAsync(UserAccount user, string kind) =>
        [
            .. (await Pages.Service<MailboxReader>().ListAsync(200, default))
                .Where(mail => mail.Kind == kind && mail.Content.To == user.Email)
                .Select(static mail => mail.Content),
        ];

    /// <summary>The code of the newest mail.</summary>
    public async Task<string> CodeAsync(UserAccount user) =>
        Digits().Match((await MailsAsync(user, "sign_in_code"))[0].Text).Value;

    /// <summary>The details of the newest event of a type.</summary>
    public Task<string?> DetailsAsync(UserAccount user, string type, string status = "success") =>
        Pages.Database.ScalarAsync<string>(
            "SELECT details::text FROM audit_logs WHERE user_id = @id AND event_type = @type "
                + "AND event_status = @status ORDER BY created_at DESC LIMIT 1",
            ("id", user.Id),
            ("type", type),
            ("status", status)
        );

    /// <summary>What <c>identity explain</c> finds by the id of an answer. It is written behind the answer.</summary>
    internal static async Task<DeniedRequest> DenialAsync(PagesFixture pages, string id)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            if (await pages.Service<DenialStore>().FindAsync(id, default) is { } found)
                return found;
            Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(10), "Nothing was recorded.");
            await Task.Delay(50);
        }
    }

    [GeneratedRegex(@"(?<=\n)[0-9]{6}(?=\n)")]
    private static partial Regex Digits();
}
