using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using Identity.Core.Webhooks;
using Identity.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.IntegrationTests.Hosting;

/// <summary>A provider in which everything that is counted has happened once, and a Prometheus that scrapes it every
/// second.</summary>
public sealed class PrometheusScene : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("identity-prometheus-").FullName;
    private readonly Uri _prometheus = new($"http://127.0.0.1:{ConfiguredProvider.FreePort()}/");
    private readonly HttpClient _http = new();
    private TestDatabase? _database;
    private ConfiguredProvider? _provider;
    private Process? _process;

    public static string Rules => Repository.PathOf("docs/observability/identity.rules.yml");

    public Uri Provider => _provider!.Host.BaseAddress;

    public Uri Metrics { get; } = new($"http://127.0.0.1:{ConfiguredProvider.FreePort()}/");

    public async Task InitializeAsync()
    {
        _database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        var secret = ConfiguredProvider.NewSecret();
        _provider = await ConfiguredProvider.StartAsync(
            _database,
            new Dictionary<string, string?>(ConfiguredProvider.WebClient("web", secret, new("http://localhost:4999/")))
            {
                ["Identity:Clients:web:BackchannelLogoutUri"] = "http://127.0.0.1:1/none",
                ["Identity:Telemetry:PrometheusAddress"] = Metrics.GetLeftPart(UriPartial.Authority),
                ["Identity:Monitoring:Interval"] = "00:00:01",
                ["Identity:Detection:Interval"] = "00:00:01",
                ["Identity:Detection:MailTo:0"] = "operator@example.org",
            }
        );
        StartPrometheus();
        await UseAsync(_provider, secret);
    }

    public async Task DisposeAsync()
    {
        _process?.Kill(entireProcessTree: true);
        _process?.Dispose();
        await _provider!.DisposeAsync();
        await _database!.DisposeAsync();
        _http.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    public static async Task<(int ExitCode, string Output)> PromtoolAsync(params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo("promtool", arguments) { RedirectStandardOutput = true, RedirectStandardError = true }
        )!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await errors);
    }

    /// <summary>How many series a query finds, as soon as it finds any; 0 after half a minute without.</summary>
    public async Task<int> WaitForAsync(string query)
    {
        for (var round = 0; round < 150; round++)
        {
            using var answer = await GetAsync($"query?query={Uri.EscapeDataString(query)}");
            if (answer.RootElement.GetProperty("data").GetProperty("result").GetArrayLength() is > 0 and var found)
                return found;
            await Task.Delay(200);
        }
        return 0;
    }

    /// <summary>Asks the API of Prometheus, and waits while it starts.</summary>
    public async Task<JsonDocument> GetAsync(string path)
    {
        for (var round = 0; ; round++)
        {
            try
            {
                return (await _http.GetFromJsonAsync<JsonDocument>(new Uri(_prometheus, "api/v1/" + path)))!;
            }
            catch (HttpRequestException) when (round < 100)
            {
                await Task.Delay(200);
            }
        }
    }

    private void StartPrometheus()
    {
        var configuration = Path.Combine(_folder, "prometheus.yml");
        File.WriteAllText(
            configuration,
            $"""
            global: {"{"} scrape_interval: 1s, evaluation_interval: 1s {"}"}
            rule_files: ["{Rules}"]
            scrape_configs:
              - job_name: identity
                static_configs: [{"{"} targets: ["{Metrics.Authority}"] {"}"}]
            """
        );
        _process = Process.Start(
            new ProcessStartInfo(
                "prometheus",
                [
                    $"--config.file={configuration}",
                    $"--storage.tsdb.path={Path.Combine(_folder, "data")}",
                    $"--web.listen-address={_prometheus.Authority}",
                    "--log.level=error",
                ]
            )
            {
                RedirectStandardError = true,
            }
        )!;
        _process.ErrorDataReceived += static (_, _) => { };
        _process.BeginErrorReadLine();
    }

    // Passwords right and wrong, tokens given and refused, a logout and events that nobody takes, and a burst of
    // failures, of which an alert and a mail come. Twice, with a scrape between, for a rate needs two samples.
    private async Task UseAsync(ConfiguredProvider provider, string secret)
    {
        var user = await provider.AddUserAsync();
        await provider
            .Host.Services.GetRequiredService<WebhookAdministration>()
            .AddAsync(OperatorSteps.Everything, new("http://127.0.0.1:1/none", null, []), Rooms.Stranger, default);
        for (var round = 0; round < 2; round++)
        {
            using PageBrowser browser = new(provider.Host);
            await browser.SignInAsync(user.Email, "Wrong-Horse-9-battery");
            await browser.SignInAsync(user.Email, ConfiguredProvider.Password);
            foreach (var given in new[] { secret, "wrong" })
            {
                using FormUrlEncodedContent form = new(
                    new Dictionary<string, string>
                    {
                        ["grant_type"] = "client_credentials",
                        ["client_id"] = "web",
                        ["client_secret"] = given,
                        ["scope"] = "api",
                    }
                );
                using var answer = await browser.Client.PostAsync("/connect/token", form);
            }
            await provider.Database.ExecuteAsync(
                """
                INSERT INTO idp.logout_deliveries (session_id, user_id, client_id, reason)
                SELECT s.id, s.user_id, 'web', 'logout' FROM sessions s ORDER BY s.created_at DESC LIMIT 1
                """
            );
            await provider.Database.ExecuteAsync(
                """
                INSERT INTO audit_logs (event_type, event_status, details)
                SELECT 'login', 'failure', '{}' FROM generate_series(1, 101)
                """
            );
            await WaitForAsync("identity_password_attempts_total");
        }
    }
}
