using System.Diagnostics;
using Identity.Testing;
using Npgsql;

namespace Identity.IntegrationTests.Data;

/// <summary>PostgreSQL's own client programs against a test database, as a stranger with a terminal would use
/// them.</summary>
internal static class Psql
{
    public static Task<(int ExitCode, string Output)> RunFileAsync(string connectionString, string file) =>
        RunAsync("psql", connectionString, "-v", "ON_ERROR_STOP=1", "-X", "-q", "-f", Repository.PathOf(file));

    public static async Task<(int ExitCode, string Output)> RunAsync(
        string program,
        string connectionString,
        params string[] arguments
    )
    {
        using var process = Start(program, connectionString, arguments);
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await errors);
    }

    public static Process Start(string program, string connectionString, params string[] arguments)
    {
        var target = new NpgsqlConnectionStringBuilder(connectionString);
        var url = $"postgresql://{target.Username}:{target.Password}@{target.Host}:{target.Port}/{target.Database}";
        return Process.Start(
            new ProcessStartInfo(program, ["-d", url, .. arguments])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
    }
}
