using System.Diagnostics;
using System.Reflection;
using Identity.Testing;

namespace Identity.IntegrationTests.Hosting;

/// <summary>The dashboard of .NET Aspire, a receiver of OTLP by another maker: what it shows it has understood.
/// </summary>
internal sealed class OtlpDashboard : IAsyncDisposable
{
    private readonly HttpClient _http;
    private readonly Process _process;

    private OtlpDashboard(Process process, Uri pages, Uri receiver) =>
        (_process, _http, Receiver) = (process, new() { BaseAddress = pages }, receiver);

    /// <summary>Where it takes OTLP over HTTP.</summary>
    public Uri Receiver { get; }

    public static async Task<OtlpDashboard> StartAsync()
    {
        var (pages, grpc, receiver) = (Address(), Address(), Address());
        ProcessStartInfo start = new(Program())
        {
            RedirectStandardOutput = true,
            WorkingDirectory = Path.GetTempPath(),
            Environment =
            {
                ["ASPNETCORE_URLS"] = pages.AbsoluteUri,
                ["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"] = grpc.AbsoluteUri,
                ["ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL"] = receiver.AbsoluteUri,
                ["DASHBOARD__UNSECUREDALLOWANONYMOUS"] = "true",
                ["DASHBOARD__API__ENABLED"] = "true",
                ["DASHBOARD__API__AUTHMODE"] = "Unsecured",
            },
        };
        var process = Process.Start(start)!;
        process.OutputDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        OtlpDashboard dashboard = new(process, pages, receiver);
        await dashboard.WaitForAsync("resources", "[");
        return dashboard;
    }

    /// <summary>Waits until the dashboard shows all of these: <c>resources</c>, <c>logs</c> or <c>spans</c>.</summary>
    public async Task WaitForAsync(string what, params string[] texts)
    {
        var shown = "";
        for (var round = 0; round < 300; round++)
        {
            shown = await ReadAsync(what);
            if (texts.All(text => shown.Contains(text, StringComparison.Ordinal)))
                return;
            await Task.Delay(100);
        }
        Assert.Fail($"The dashboard does not show {string.Join(", ", texts)} among its {what}: {shown}");
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _http.Dispose();
    }

    private static string Program() =>
        typeof(OtlpDashboard)
            .Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(static one => one.Key == "OtlpDashboard")
            .Value!;

    private static Uri Address() => new($"http://127.0.0.1:{IdentityProcess.FreePort()}");

    private async Task<string> ReadAsync(string what)
    {
        try
        {
            // Without a limit it gives the newest 200.
            return await _http.GetStringAsync(new Uri($"api/telemetry/{what}?limit=100000", UriKind.Relative));
        }
        catch (HttpRequestException)
        {
            // It is still starting.
            return "";
        }
    }
}
