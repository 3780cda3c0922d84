using System.Diagnostics;
using Identity.Testing;

namespace Identity.IntegrationTests.Commands;

/// <summary>What people are told to type after the first start, in a shell that nothing was set in.</summary>
public sealed class FirstCommandTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    [Fact]
    public async Task The_command_that_run_shows_adds_an_app_in_a_plain_shell_and_prints_its_secret()
    {
        var shown = File.ReadLines(Repository.PathOf("run"))
            .Select(static line => line.Trim())
            .Single(static line => line.StartsWith("./identity clients add ", StringComparison.Ordinal));

        var added = await TypeAsync(shown + " --json");
        var listed = await TypeAsync("./identity clients show my-app --json");

        Assert.True(added.ExitCode == 0, added.Error);
        Assert.Contains("\"secret\"", added.Output, StringComparison.Ordinal);
        Assert.Contains("http://localhost:5003/signin-oidc", listed.Output, StringComparison.Ordinal);
    }

    // Of the environment a plain shell has PATH and HOME. The database is ours: the folder's own belongs to ./run.
    private async Task<ProcessResult> TypeAsync(string command)
    {
        var folder = IdentityProcess.CreateFolder();
        try
        {
            ProcessStartInfo start = new(
                "bash",
                ["-c", command.Replace("./identity", Repository.PathOf("identity"), StringComparison.Ordinal)]
            )
            {
                WorkingDirectory = folder,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            var (path, home) = (start.Environment["PATH"], start.Environment["HOME"]);
            start.Environment.Clear();
            start.Environment["PATH"] = path;
            start.Environment["HOME"] = home;
            start.Environment["ConnectionStrings__Identity"] = fixture.Database.ConnectionString;
            start.Environment["ConnectionStrings__IdentityMigrations"] = fixture.Database.OwnerConnectionString;
            using var shell = Process.Start(start)!;
            var (output, error) = (shell.StandardOutput.ReadToEndAsync(), shell.StandardError.ReadToEndAsync());
            await shell.WaitForExitAsync();
            return new(shell.ExitCode, await output, await error);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
