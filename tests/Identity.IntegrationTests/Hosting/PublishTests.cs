using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using Identity.Testing;

namespace Identity.IntegrationTests.Hosting;

/// <summary>What a release is made of: made from the last commit, unpacked and started.</summary>
public sealed class PublishTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>, IDisposable
{
    private readonly string _output = Directory.CreateTempSubdirectory("identity-publish-").FullName;
    private readonly string _folder = IdentityProcess.CreateFolder();

    [Fact]
    public async Task The_archive_starts_and_its_materials_notices_and_checksums_are_true()
    {
        await RunAsync(Repository.PathOf("publish"), "--portable");

        var archive = Assert.Single(Directory.GetFiles(_output, "identity-*.tar.gz"));
        var materials = Assert.Single(Directory.GetFiles(_output, "identity-*.cdx.json"));
        await RunAsync("tar", "-xzf", archive, "-C", _output);
        var unpacked = Assert.Single(Directory.GetDirectories(_output));
        var notices = await File.ReadAllTextAsync(Path.Combine(unpacked, "THIRD-PARTY-NOTICES.txt"));
        var address = new Uri($"http://localhost:{IdentityProcess.FreePort()}/");

        foreach (var line in await File.ReadAllLinesAsync(Path.Combine(_output, "SHA256SUMS")))
        {
            var (sum, file) = (line[..64], line[66..]);
            var bytes = await File.ReadAllBytesAsync(Path.Combine(_output, file));
            Assert.Equal(sum, Convert.ToHexStringLower(SHA256.HashData(bytes)));
        }
        var components = JsonElement.Parse(await File.ReadAllBytesAsync(materials)).GetProperty("components");
        var names = components.EnumerateArray().Select(one => one.GetProperty("name").GetString()).ToList();
        Assert.Contains("OpenIddict.Server", names);
        Assert.Contains("Npgsql", names);
        Assert.Contains("OpenIddict.Server ", notices, StringComparison.Ordinal);
        Assert.Contains("Apache License", notices, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(unpacked, "db", "migrations", "001_initial_schema.sql")));
        await using var host = IdentityProcess.StartFrom(
            unpacked,
            _folder,
            new Dictionary<string, string?>
            {
                ["ConnectionStrings__Identity"] = fixture.Database.ConnectionString,
                ["Identity__Issuer"] = address.GetLeftPart(UriPartial.Authority),
                ["Identity__AllowInsecureIssuer"] = "true",
                ["Identity__Keys__MasterKey"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)),
            },
            "serve",
            $"--urls={address.GetLeftPart(UriPartial.Authority)}"
        );
        await host.WaitUntilReadyAsync(address);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Directory.Delete(_output, recursive: true);
        Directory.Delete(_folder, recursive: true);
    }

    private async Task RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["OUTPUT"] = _output;
        using var process = Process.Start(start)!;
        using CancellationTokenSource patience = new(TimeSpan.FromMinutes(10));
        var output = process.StandardOutput.ReadToEndAsync(patience.Token);
        var error = process.StandardError.ReadToEndAsync(patience.Token);
        await process.WaitForExitAsync(patience.Token);
        Assert.True(process.ExitCode == 0, await output + await error);
    }
}
