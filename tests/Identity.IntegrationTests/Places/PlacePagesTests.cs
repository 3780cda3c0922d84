using System.Diagnostics;
using System.Text.Json;
using Identity.Core.Administration;
using Identity.Core.Mail;
using Identity.Core.Users;
using Identity.IntegrationTests.Pages;
using Identity.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.IntegrationTests.Places;

/// <summary>Where places are shown, and that a file is exchanged while the program runs.</summary>
public sealed class PlacePagesTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("identity-places-").FullName;
    private readonly PagesFixture _fixture;

    public PlacePagesTests() =>
        _fixture = new(
            new()
            {
                ["Identity:Places:CityFile"] = CityFile,
                ["Identity:Places:NetworkFile"] = Path.Combine(_folder, "network.mmdb"),
                ["Identity:Places:CheckInterval"] = "00:00:01",
            }
        );

    private string CityFile => Path.Combine(_folder, "city.mmdb");

    public Task InitializeAsync()
    {
        PlaceFileWriter.Cities(("127.0.0.0/8", TestPlace.Berlin)).Save(CityFile);
        PlaceFileWriter.Networks(("127.0.0.0/8", 64500, "Example Net")).Save(Path.Combine(_folder, "network.mmdb"));
        return _fixture.InitializeAsync();
    }

    public async Task DisposeAsync()
    {
        await _fixture.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Devices_activity_notices_and_console_show_the_place_and_a_file_is_exchanged_while_running()
    {
        var user = await _fixture.UserAsync("Ada");
        await _fixture.GrantAsync(user, AdminRole.Admin);
        using var browser = await _fixture.SignedInAsync(user);
        using var second = await _fixture.SignedInAsync(user);

        await ShowsAsync(browser, "/account/sessions", "Berlin, Germany");
        await ShowsAsync(browser, "/account/activity", "Berlin, Germany");
        await ShowsAsync(browser, $"/admin/people/{user.Id}", "Berlin, Germany · Example Net");
        await ShowsAsync(browser, $"/admin/people/{user.Id}/activity", "Berlin, Germany · Example Net");
        await ShowsAsync(browser, "/admin/audit", "Berlin, Germany · Example Net");
        Assert.Contains(
            "Deutschland",
            (await browser.GetAsync("/account/sessions", "de")).Text,
            StringComparison.Ordinal
        );
        var notice = await NoticeAsync(user);
        Assert.Contains("Approximate location: Berlin, Germany", notice, StringComparison.Ordinal);

        PlaceFileWriter.Cities(("127.0.0.0/8", TestPlace.Tokyo)).Save(CityFile);
        await UntilAsync(async () =>
            (await browser.GetAsync("/account/sessions")).Text.Contains("Tokyo, Japan", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task A_broken_file_is_told_by_readiness_which_stays_ready_and_the_place_stays()
    {
        var user = await _fixture.UserAsync("Ada");
        using var browser = await _fixture.SignedInAsync(user);

        await File.WriteAllTextAsync(CityFile, "no database");

        await UntilAsync(async () => Warnings(await browser.GetAsync("/health/ready")).Count == 1);
        var ready = await browser.GetAsync("/health/ready");
        Assert.Equal(System.Net.HttpStatusCode.OK, ready.Status);
        Assert.StartsWith("Identity:Places:CityFile is not in use: ", Warnings(ready)[0], StringComparison.Ordinal);
        await ShowsAsync(browser, "/account/sessions", "Berlin, Germany");
    }

    private static List<string> Warnings(VisitedPage ready)
    {
        using var read = JsonDocument.Parse(ready.Html);
        return [.. read.RootElement.GetProperty("warnings").EnumerateArray().Select(static one => one.GetString()!)];
    }

    private static async Task ShowsAsync(PageBrowser browser, string path, string text) =>
        Assert.Contains(text, (await browser.GetAsync(path)).Text, StringComparison.Ordinal);

    private async Task<string> NoticeAsync(UserAccount user) =>
        (await _fixture.Service<MailboxReader>().ListAsync(200, default))
            .First(mail => mail.Kind == "new_device" && mail.Content.To == user.Email)
            .Content.Text;

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await holds())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(20), "It never came true.");
            await Task.Delay(100);
        }
    }
}
