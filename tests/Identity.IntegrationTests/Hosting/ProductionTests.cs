using System.Security.Cryptography;
using System.Text.Json;
using Identity.Testing;

namespace Identity.IntegrationTests.Hosting;

/// <summary>Outside Development nothing is taken for granted: what is missing or careless stops the start, all of it
/// named in one go.</summary>
public sealed class ProductionTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>, IDisposable
{
    private readonly string _folder = IdentityProcess.CreateFolder();
    private readonly Uri _address = new($"http://localhost:{IdentityProcess.FreePort()}");

    [Fact]
    public async Task With_nothing_configured_every_missing_setting_is_named_and_nothing_is_started()
    {
        var result = await IdentityProcess.RunAsync(_folder, null, null);

        Assert.Equal(1, result.ExitCode);
        foreach (var key in new[] { "Identity:Issuer:", "ConnectionStrings:Identity:", "Identity:Keys:MasterKey:" })
            Assert.Contains(key, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error + result.Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_folder, ".data")));
        Assert.False(Directory.Exists(Path.Combine(_folder, "keys")));
    }

    [Fact]
    public async Task Careless_settings_of_every_kind_and_a_schema_behind_are_named_together()
    {
        await using var empty = await (await PostgresCluster.GetAsync()).CreateEmptyDatabaseAsync();
        await empty.ExecuteAsync("GRANT CONNECT ON DATABASE " + empty.Name + " TO PUBLIC");
        var result = await IdentityProcess.RunAsync(
            _folder,
            new Dictionary<string, string?>
            {
                ["ConnectionStrings__Identity"] = empty.ConnectionString,
                ["Identity__Issuer"] = "http://id.example.com",
                ["Identity__Demo"] = "true",
                ["Identity__Keys__MasterKey"] = "short",
                ["Identity__Keys__PublishAfter"] = "00:00:01",
                ["Identity__Proxies__Networks__0"] = "10.0.0.0/40",
                ["Identity__Clients__shop__RedirectUris__0"] = "http://shop.example.com/cb",
                ["Identity__Sessions__MaxPerUser"] = "0",
                ["Identity__Sessions__AccountsPerBrowser"] = "11",
                ["Identity__Logging__Level"] = "loud",
            },
            null,
            "serve"
        );

        Assert.Equal(1, result.ExitCode);
        foreach (
            var fault in new[]
            {
                "Identity:Issuer: must be https",
                "Identity:Demo:",
                "Identity:Keys:MasterKey: must be 32 random bytes",
                "Identity:Proxies:Networks: '10.0.0.0/40'",
                "Identity:Clients:shop:RedirectUris:",
                "Identity:Logging:Level:",
                "Run: identity migrate up",
                "Identity:Sessions:MaxPerUser:",
                "Identity:Sessions:AccountsPerBrowser:",
                "Identity:Keys:PublishAfter:",
            }
        )
            Assert.Contains(fault, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_that_does_not_answer_ends_with_3_and_without_the_password()
    {
        var result = await IdentityProcess.RunAsync(
            _folder,
            Settings(
                $"Host=127.0.0.1;Port={IdentityProcess.FreePort()};Username=identity;"
                    + "Password=sesame-open;Database=identity"
            ),
            null
        );

        Assert.Equal(3, result.ExitCode);
        Assert.Contains("does not take the connection of identity", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("sesame-open", result.Error + result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Loopback_http_is_allowed_only_when_it_is_asked_for_by_name()
    {
        var settings = Settings(fixture.Database.ConnectionString);
        settings["Identity__Issuer"] = _address.GetLeftPart(UriPartial.Authority);
        var refused = await IdentityProcess.RunAsync(_folder, settings, null, "config", "check");
        settings["Identity__AllowInsecureIssuer"] = "true";
        var allowed = await IdentityProcess.RunAsync(_folder, settings, null, "config", "check");
        settings["Identity__Issuer"] = "http://id.example.com";
        var elsewhere = await IdentityProcess.RunAsync(_folder, settings, null, "config", "check");

        Assert.Equal((1, 0, 1), (refused.ExitCode, allowed.ExitCode, elsewhere.ExitCode));
    }

    [Fact]
    public async Task Configured_well_it_serves_and_writes_its_log_as_json()
    {
        var settings = Settings(fixture.Database.ConnectionString);
        settings["Identity__Proxies__Addresses__0"] = "127.0.0.1";
        await using var host = IdentityProcess.Start(
            _folder,
            settings,
            $"--urls={_address.GetLeftPart(UriPartial.Authority)}"
        );
        await host.WaitUntilReadyAsync(_address);
        using var http = new HttpClient { BaseAddress = _address };
        // As the proxy that ends TLS sends it on.
        http.DefaultRequestHeaders.Add("X-Forwarded-Proto", "https");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/nothing-here")
        {
            Headers = { Host = "id.example.com" },
        };
        using var answer = await http.SendAsync(request);
        var id = answer.Headers.GetValues("X-Correlation-Id").Single();
        // What shows everybody's mail is there in Development only.
        foreach (var path in (string[])["/dev/mailbox", "/dev/mailbox/00000000-0000-0000-0000-000000000000"])
        {
            using var mailbox = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { Host = "id.example.com" } };
            using var none = await http.SendAsync(mailbox);
            Assert.Equal((path, System.Net.HttpStatusCode.NotFound), (path, none.StatusCode));
        }
        host.Terminate();
        var result = await host.WaitForExitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(0, result.ExitCode);
        var lines = result
            .Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(static line => JsonDocument.Parse(line).RootElement)
            .ToArray();
        var line = Assert.Single(
            lines,
            line => line.TryGetProperty("TraceId", out var trace) && trace.GetString() == id
        );
        Assert.Equal(404, line.GetProperty("Status").GetInt32());
        Assert.Equal("(unmatched)", line.GetProperty("Route").GetString());
        Assert.DoesNotContain("DEVELOPMENT", result.Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_folder, ".data")));
    }

    [Fact]
    public async Task Secrets_come_from_a_folder_of_files_and_an_extra_file_is_weaker_than_the_environment()
    {
        var secrets = Directory.CreateDirectory(Path.Combine(_folder, "secrets")).FullName;
        await File.WriteAllTextAsync(Path.Combine(secrets, "Identity__Keys__MasterKey"), Key());
        var extra = Path.Combine(_folder, "extra.json");
        await File.WriteAllTextAsync(
            extra,
            """{ "Identity": { "Issuer": "https://id.example.com", "Sessions": { "MaxPerUser": 0 } } }"""
        );
        Dictionary<string, string?> environment = new()
        {
            ["IDENTITY_SECRETS"] = secrets,
            ["ConnectionStrings__Identity"] = fixture.Database.ConnectionString,
        };

        var faulty = await IdentityProcess.RunAsync(_folder, environment, null, "config", "check", "--config", extra);
        environment["Identity__Sessions__MaxPerUser"] = "5";
        var right = await IdentityProcess.RunAsync(_folder, environment, null, "config", "check", "--config", extra);
        var missing = await IdentityProcess.RunAsync(
            _folder,
            environment,
            null,
            "config",
            "check",
            "--config",
            "nowhere.json"
        );

        Assert.Contains(
            "Identity:Sessions:MaxPerUser",
            Assert.Single(faulty.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)),
            StringComparison.Ordinal
        );
        Assert.Equal((1, 0, 2), (faulty.ExitCode, right.ExitCode, missing.ExitCode));
        Assert.Contains("nowhere.json", missing.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_settings_file_that_is_no_json_is_named_with_its_line()
    {
        var extra = Path.Combine(_folder, "broken.json");
        await File.WriteAllTextAsync(extra, "{\n \"Identity\": oops }");

        var result = await IdentityProcess.RunAsync(_folder, null, null, "config", "check", "--config", extra);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("broken.json", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
    }

    /// <inheritdoc />
    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string Key() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    private static Dictionary<string, string?> Settings(string connection) =>
        new()
        {
            ["ConnectionStrings__Identity"] = connection,
            ["Identity__Issuer"] = "https://id.example.com",
            ["Identity__Keys__MasterKey"] = Key(),
        };
}
