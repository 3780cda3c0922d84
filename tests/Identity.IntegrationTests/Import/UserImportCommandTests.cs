using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Identity.IntegrationTests.Commands;
using Identity.Testing;

namespace Identity.IntegrationTests.Import;

/// <summary>The import as an operator runs it: the real program, from a shell, over a file of some thousand
/// rows.</summary>
public sealed class UserImportCommandTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>, IDisposable
{
    private const int People = 6_000;

    private readonly string _folder = IdentityProcess.CreateFolder();

    [Fact]
    public async Task A_dry_run_a_run_and_an_update_count_their_rows_and_report_those_they_refuse()
    {
        await WriteAsync("people.jsonl", static n => $$"""{"id":"crm-{{n}}","email":"p{{n}}@shell.example"}""");
        await WriteAsync(
            "named.jsonl",
            static n => $$"""{"id":"crm-{{n}}","email":"p{{n}}@shell.example","name":"P"}"""
        );
        await File.AppendAllTextAsync(Path.Combine(_folder, "people.jsonl"), "{\"email\":\"nobody\"}\nnot json\n");

        var dry = await JsonAsync("people.jsonl", "--dry-run");
        var before = await CountAsync();
        var done = await JsonAsync("people.jsonl", "--report", "refused.jsonl");
        var again = await JsonAsync("people.jsonl");
        var updated = await JsonAsync("named.jsonl", "--update");

        Assert.Equal((People, 0, 2, 0L), (Of(dry, "added"), Of(dry, "present"), Of(dry, "refused"), before));
        Assert.Equal((People, 2), (Of(done, "added"), Of(done, "refused")));
        Assert.Equal((0, People), (Of(again, "added"), Of(again, "present")));
        Assert.Equal((0, People), (Of(updated, "present"), Of(updated, "updated")));
        Assert.Equal(People, await CountAsync());
        var report = await File.ReadAllLinesAsync(Path.Combine(_folder, "refused.jsonl"));
        Assert.Equal(
            [People + 1, People + 2],
            report.Select(static line => JsonElement.Parse(line).GetProperty("line").GetInt32())
        );
    }

    [Fact]
    public async Task A_terminal_shows_how_far_it_is()
    {
        await WriteAsync("shown.jsonl", static n => $$"""{"email":"s{{n}}@terminal.example"}""");
        ProcessStartInfo start = new(
            "script",
            ["-qec", $"dotnet {IdentityProcess.Program} users import shown.jsonl", "-"]
        )
        {
            WorkingDirectory = _folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        foreach (var (name, value) in CommandLineTests.Settings(fixture.Database))
            start.Environment[name] = value;

        using var terminal = Process.Start(start)!;
        terminal.StandardInput.Close();
        var shown = await terminal.StandardOutput.ReadToEndAsync();
        await terminal.WaitForExitAsync();

        Assert.Equal(0, terminal.ExitCode);
        Assert.Matches(@"\r\[[#.]{30}\] +\d+ ?%  \d+ rows, \d+ a second", shown);
        Assert.Contains(
            string.Create(CultureInfo.InvariantCulture, $"{People} rows: {People} added"),
            shown,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Passwords_are_replaced_only_together_with_an_update()
    {
        await WriteAsync("few.jsonl", static _ => "{}");

        var refused = await RunAsync("few.jsonl", "--update-passwords");

        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("--update-passwords needs --update", refused.Error, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private Task WriteAsync(string file, Func<int, string> row) =>
        File.WriteAllLinesAsync(Path.Combine(_folder, file), Enumerable.Range(0, People).Select(row));

    private Task<ProcessResult> RunAsync(string file, params string[] options) =>
        IdentityProcess.RunAsync(
            _folder,
            CommandLineTests.Settings(fixture.Database),
            null,
            ["users", "import", file, "--source", "crm", .. options]
        );

    private async Task<JsonElement> JsonAsync(string file, params string[] options)
    {
        var result = await RunAsync(file, [.. options, "--json"]);
        Assert.True(result.ExitCode == 0, result.Error);
        return JsonElement.Parse(result.Output);
    }

    private static int Of(JsonElement answer, string member) => answer.GetProperty(member).GetInt32();

    private Task<long> CountAsync() =>
        fixture.Database.ScalarAsync<long>("SELECT count(*) FROM users WHERE email LIKE '%@shell.example'");
}
