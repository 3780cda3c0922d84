using System.Net;
using Identity.Testing;

namespace Identity.IntegrationTests.Pages;

/// <summary>PW-5 and PW-6 over HTTP: what the meter and the form say of a password, with a list of breached ones and
/// words of the product.</summary>
public sealed class PasswordQualityTests : IAsyncLifetime, IDisposable
{
    private const string Breached = "Velvet-Harbour-93-moss";
    private const string BreachedSha1 = "5892106D086082B3DACFFC7159EED18B055224AB";
    private readonly string _folder = Directory.CreateTempSubdirectory("breached-").FullName;
    private TestDatabase? _database;
    private IdentityHost? _host;

    [Theory]
    [InlineData("Wq-7x", "Use at least 8 characters.")]
    [InlineData("longenough", "Add an uppercase letter")]
    [InlineData("Password1!", "easy to guess")]
    [InlineData("Summer2026!", "easy to guess")]
    [InlineData("Marmelade-7!", "use your name, your email address")]
    [InlineData("Ada-Lovelace-1!", "use your name, your email address")]
    [InlineData(Breached, "data breach")]
    public async Task A_password_that_may_not_be_used_says_why_in_the_meter_and_in_the_form(
        string password,
        string says
    )
    {
        using var browser = new PageBrowser(_host!);
        var form = await browser.GetAsync("/register");
        (string, string)[] fields =
        [
            ("Input.Name", "Ada Lovelace"),
            ("Input.Email", "ada.lovelace@example.org"),
            ("Input.NewPassword", password),
        ];

        var meter = await MeterAsync(browser, form, fields);
        var answer = await browser.SubmitAsync(form, fields);

        Assert.Contains("\"accepted\":false", meter.Body, StringComparison.Ordinal);
        Assert.Contains(says, meter.Body, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Contains(says, answer.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(password, answer.Html, StringComparison.Ordinal);
        Assert.Equal(0L, await _database!.ScalarAsync<long>("SELECT count(*) FROM users"));
    }

    [Fact]
    public async Task The_meter_is_kept_from_machines_and_the_form_works_without_it()
    {
        using var browser = new PageBrowser(_host!);
        var form = await browser.GetAsync("/register");
        (string, string)[] fields =
        [
            ("Input.Email", "ada@example.org"),
            ("Input.NewPassword", "Quite-Another-7-sentence"),
        ];

        Assert.Equal(HttpStatusCode.OK, (await MeterAsync(browser, form, fields)).Status);
        await _database!.ExecuteAsync("UPDATE idp.throttle_counters SET count = 299");
        await MeterAsync(browser, form, fields);
        var refused = await MeterAsync(browser, form, fields);

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.Status);
        Assert.DoesNotContain("Quite-Another", refused.Body, StringComparison.Ordinal);
        await _database.ExecuteAsync("DELETE FROM idp.throttle_counters WHERE blocked_until IS NULL");
        Assert.Equal(HttpStatusCode.SeeOther, (await browser.SubmitAsync(form, fields)).Status);
    }

    private static async Task<(HttpStatusCode Status, string Body)> MeterAsync(
        PageBrowser browser,
        VisitedPage form,
        (string Name, string Value)[] fields
    )
    {
        var token = form.MainForm.Fields.Single(static field => field.Name == "__RequestVerificationToken").Value;
        using var answer = await browser.Client.PostAsync(
            "/register?handler=Strength",
            new FormUrlEncodedContent(
                fields
                    .Append(("__RequestVerificationToken", token))
                    .Select(static field => KeyValuePair.Create(field.Item1, field.Item2))
            )
        );
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    public async Task InitializeAsync()
    {
        await File.WriteAllTextAsync(
            Path.Combine(_folder, BreachedSha1[..5]),
            $"0000000000000000000000000000000000A:3\r\n{BreachedSha1[5..]}:17\r\n"
        );
        _database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        _host = await IdentityHost.StartAsync(
            _database,
            new Dictionary<string, string?>
            {
                ["Identity:Passwords:BreachedRangesFolder"] = _folder,
                ["Identity:Passwords:ContextWords:0"] = "Marmelade",
            }
        );
    }

    public async Task DisposeAsync()
    {
        await _host!.DisposeAsync();
        await _database!.DisposeAsync();
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
