using System.Diagnostics;
using System.Text.RegularExpressions;
using Identity.Testing;

namespace Identity.IntegrationTests.Protocol.Grants.Device;

/// <summary>The sample device, run as the program that it is.</summary>
public sealed class DeviceSampleTests(ExtensionGrantFixture fixture) : IClassFixture<ExtensionGrantFixture>
{
    [Theory]
    [InlineData("allow", 0, "Connected: Ada Lovelace")]
    [InlineData("deny", 1, "Turned away")]
    public async Task It_shows_a_code_and_a_picture_and_learns_what_the_person_decided(
        string decision,
        int exitCode,
        string end
    )
    {
        // The same build as this test's own: bin/<configuration>/<framework>.
        var (framework, configuration) = (
            Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/')),
            Path.GetFileName(Path.GetDirectoryName(AppContext.BaseDirectory.TrimEnd('/'))!)
        );
        ProcessStartInfo start = new(
            "dotnet",
            [
                Repository.PathOf($"src/Samples/Device/bin/{configuration}/{framework}/Device.dll"),
                fixture.Host.Issuer,
                "viewer",
                "openid profile",
            ]
        )
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var device = Process.Start(start)!;
        using var browser = await fixture.PersonAsync();
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(60));

        List<string> lines = [];
        while (
            !lines.Any(static line => line.Contains("Waiting", StringComparison.Ordinal))
            && await device.StandardOutput.ReadLineAsync(patience.Token) is { } line
        )
            lines.Add(line);
        var code = Regex.Match(string.Join('\n', lines), "[A-Z]{4}-[A-Z]{4}").Value;
        var question = await browser.FollowAsync(
            await browser.SubmitAsync(await browser.GetAsync("/device"), [("Input.Code", code)])
        );
        await browser.SubmitAsync(question, [("decision", decision)]);
        var rest = await device.StandardOutput.ReadToEndAsync(patience.Token);
        await device.WaitForExitAsync(patience.Token);

        Assert.Contains(
            "SampleDevice",
            (
                await fixture.Database.ScalarAsync<string>(
                    "SELECT data ->> 'user_agent' FROM idp.grants WHERE client_id = 'viewer' LIMIT 1"
                )
            )!,
            StringComparison.Ordinal
        );
        Assert.Contains("▀", string.Join('\n', lines), StringComparison.Ordinal);
        Assert.Contains(end, rest, StringComparison.Ordinal);
        Assert.Equal(exitCode, device.ExitCode);
    }
}
