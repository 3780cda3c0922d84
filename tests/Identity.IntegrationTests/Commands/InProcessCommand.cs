using System.Text.Json;
using Identity.Server.Commands;
using Identity.Server.Protocol;
using Identity.Testing;

namespace Identity.IntegrationTests.Commands;

/// <summary>The command line in this process: what the program does, without its start.</summary>
internal sealed class InProcessCommand : IDisposable
{
    private readonly string _folder = IdentityProcess.CreateFolder();
    private readonly string _config;

    /// <param name="settings">As environment variables or as keys.</param>
    public InProcessCommand(IReadOnlyDictionary<string, string?> settings)
    {
        _config = Path.Combine(_folder, "settings.json");
        var keys = settings.ToDictionary(
            static one => one.Key.Replace("__", ":", StringComparison.Ordinal),
            static one => one.Value
        );
        File.WriteAllText(_config, JsonSerializer.Serialize(keys));
    }

    /// <summary>Runs a command to its end. The output has what both streams got.</summary>
    public async Task<(int ExitCode, string Output)> RunAsync(params string[] arguments)
    {
        await using StringWriter output = new();
        try
        {
            var code = await CommandLine.RunAsync(
                [.. arguments, "--config", _config],
                new OpenIddictEngine(),
                TextReader.Null,
                output,
                output
            );
            return (code, output.ToString());
        }
        catch (Server.Hosting.CommandFailedException failed)
        {
            return (failed.ExitCode, string.Join(Environment.NewLine, failed.Faults));
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
