using System.Diagnostics;
using System.Text.RegularExpressions;
using Identity.Core.Administration;
using Identity.Testing;

namespace Identity.IntegrationTests.Admin.Api;

/// <summary>The first calls of docs/administration.md work as they stand there; and so does a client that a tool
/// generates from the description.</summary>
public sealed partial class FirstCallsTests
{
    private static readonly string[] Scopes =
    [
        AdminPermission.UsersRead.Scope,
        AdminPermission.UsersWrite.Scope,
        AdminPermission.ClientsRead.Scope,
        AdminPermission.ClientsWrite.Scope,
        AdminPermission.ClientsSecrets.Scope,
    ];

    [Fact]
    public async Task The_first_calls_of_the_document_make_an_app()
    {
        var script = Calls()
            .Match(await File.ReadAllTextAsync(Repository.PathOf("docs/administration.md")))
            .Groups["script"]
            .Value;
        await using var database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        await using var provider = await ConfiguredProvider.StartAsync(database, Robot(out var secret));
        var person = await provider.AddUserAsync();

        ProcessStartInfo start = new("bash", ["-eu", "-o", "pipefail", "-c", script])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["ISSUER"] = provider.Host.Issuer.TrimEnd('/'), ["SECRET"] = secret },
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(1));

        Assert.True(process.ExitCode == 0, await errors + await output);
        Assert.Contains(person.Email, await output, StringComparison.Ordinal);
        Assert.Contains("client_secret", await output, StringComparison.Ordinal);
        Assert.Contains("AddOpenIdConnect", await output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_generated_client_works()
    {
        await NodePackages.InstalledAsync();
        await using var database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        await using var provider = await ConfiguredProvider.StartAsync(database, Robot(out var secret));

        var (exitCode, output) = await NodePackages.RunAsync(
            "node",
            ["api-client.mjs"],
            new Dictionary<string, string>
            {
                ["ISSUER"] = provider.Host.Issuer.TrimEnd('/'),
                ["SECRET"] = secret,
                ["DESCRIPTION"] = Repository.PathOf("docs/openapi.json"),
            }
        );

        Assert.True(exitCode == 0, output);
        Assert.Contains("made and found generated@example.org", output, StringComparison.Ordinal);
    }

    private static Dictionary<string, string?> Robot(out string secret)
    {
        secret = ConfiguredProvider.NewSecret();
        Dictionary<string, string?> settings = new()
        {
            ["Identity:Clients:robot:Profile"] = "Service",
            ["Identity:Clients:robot:Secret"] = secret,
            ["Identity:Clients:robot:TokenEndpointAuthMethod"] = "client_secret_basic",
        };
        for (var i = 0; i < Scopes.Length; i++)
            settings[$"Identity:Clients:robot:Scopes:{i.ToString(System.Globalization.CultureInfo.InvariantCulture)}"] =
                Scopes[i];
        return settings;
    }

    [GeneratedRegex(@"<!-- run by a test -->\n```sh\n(?<script>.+?)```", RegexOptions.Singleline)]
    private static partial Regex Calls();
}
