using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Identity.Testing;

namespace Identity.IntegrationTests.Hosting;

/// <summary>What an operator's collector receives from the real program: our own instruments, and nothing that somebody
/// typed.</summary>
public sealed class TelemetryTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    [Fact]
    public async Task A_collector_receives_metrics_traces_logs_and_audit_events_and_no_secret()
    {
        await using var dashboard = await OtlpDashboard.StartAsync();
        using OtlpCollector collector = new(dashboard.Receiver) { RefusesAuditEventsOnce = true };
        var folder = IdentityProcess.CreateFolder();
        var address = new Uri($"http://localhost:{IdentityProcess.FreePort()}");
        await using var host = IdentityProcess.Start(
            folder,
            new Dictionary<string, string?>
            {
                ["ASPNETCORE_ENVIRONMENT"] = "Production",
                ["ConnectionStrings__Identity"] = fixture.Database.ConnectionString,
                ["Identity__Issuer"] = address.GetLeftPart(UriPartial.Authority),
                ["Identity__AllowInsecureIssuer"] = "true",
                ["Identity__Keys__MasterKey"] = Convert.ToBase64String(new byte[32]),
                ["Identity__Clients__robot__Secret"] = "SECRET-of-the-robot-that-is-long-enough-00",
                ["Identity__Clients__robot__GrantTypes__0"] = "client_credentials",
                ["Identity__Clients__robot__Scopes__0"] = "api",
                ["Identity__Scopes__api__Resources__0"] = "https://api.example.com",
                ["Identity__Telemetry__Endpoint"] = collector.Address,
                ["Identity__Telemetry__AuditEvents"] = "true",
                ["Identity__Monitoring__Interval"] = "00:00:01",
                ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
                ["OTEL_METRIC_EXPORT_INTERVAL"] = "500",
            },
            $"--urls={address.GetLeftPart(UriPartial.Authority)}"
        );
        await host.WaitUntilReadyAsync(address);
        using var http = new HttpClient { BaseAddress = address };
        var audited = await AuditEventAsync();

        foreach (var secret in new[] { "SECRET-of-the-robot-that-is-long-enough-00", "SECRET-wrong" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/connect/token")
            {
                Content = new FormUrlEncodedContent([new("grant_type", "client_credentials")]),
            };
            request.Headers.Authorization = new AuthenticationHeaderValue(
                "Basic",
                Convert.ToBase64String(Encoding.ASCII.GetBytes($"robot:{secret}"))
            );
            using var answer = await http.SendAsync(request);
            Assert.Equal(secret == "SECRET-wrong" ? HttpStatusCode.Unauthorized : HttpStatusCode.OK, answer.StatusCode);
        }

        await collector.WaitForAsync(
            "/v1/metrics",
            "identity.tokens.issued",
            "client_credentials",
            "identity.requests.refused",
            "invalid_client",
            "identity.accounts.locked",
            "identity.queue.length"
        );
        await collector.WaitForAsync("/v1/traces", "/connect/token", "postgresql");
        await collector.WaitForAsync("/v1/logs", "Now listening on", "Microsoft.Hosting.Lifetime");
        await collector.WaitForAsync("/v1/logs", "Identity.Audit", audited.ToString(), "account_locked", "192.0.2.7");
        Assert.All(collector.Bodies, static body => Assert.Contains("service.name", body, StringComparison.Ordinal));
        await dashboard.WaitForAsync("resources", "\"hasLogs\":true", "\"hasTraces\":true", "\"hasMetrics\":true");
        await dashboard.WaitForAsync("spans", "/connect/token", "postgresql");
        await dashboard.WaitForAsync("logs", "Now listening on", audited.ToString(), "account_locked");
        Assert.All(collector.Answers, static answer => Assert.Equal(HttpStatusCode.OK, answer));
        host.Terminate();
        await host.WaitForExitAsync(TimeSpan.FromSeconds(30));
        Directory.Delete(folder, recursive: true);
        Assert.DoesNotContain("SECRET", collector.Everything, StringComparison.Ordinal);
    }

    // The export begins at the events from its first start on.
    private async Task<Guid> AuditEventAsync()
    {
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(30));
        while (await fixture.Database.ScalarAsync<long>("SELECT count(*) FROM idp.audit_exports") == 0)
            await Task.Delay(50, patience.Token);
        return await fixture.Database.ScalarAsync<Guid>(
            "INSERT INTO audit_logs (event_type, event_status, ip_address, details) "
                + "VALUES ('account_locked', 'blocked', '192.0.2.7', '{}') RETURNING id"
        );
    }
}
