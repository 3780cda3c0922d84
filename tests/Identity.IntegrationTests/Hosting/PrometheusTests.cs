using System.Text.Json;
using System.Text.RegularExpressions;
using Identity.Testing;

namespace Identity.IntegrationTests.Hosting;

/// <summary>A real Prometheus scrapes the running provider with the rules of <c>docs/observability</c>, and every query
/// of the rules and of the dashboard finds something.</summary>
public sealed partial class PrometheusTests(PrometheusScene scene) : IClassFixture<PrometheusScene>
{
    public static TheoryData<string> DashboardQueries => [.. Targets(Dashboard().RootElement)];

    [Theory]
    [MemberData(nameof(DashboardQueries))]
    public async Task A_query_of_the_dashboard_returns_data(string query) =>
        Assert.NotEqual(0, await scene.WaitForAsync(query));

    [Fact]
    public async Task Every_rule_is_loaded_is_healthy_and_asks_for_metrics_that_exist()
    {
        using var answer = await scene.GetAsync("rules");
        var rules = answer
            .RootElement.GetProperty("data")
            .GetProperty("groups")
            .EnumerateArray()
            .SelectMany(static group => group.GetProperty("rules").EnumerateArray())
            .Select(static rule =>
                (Name: Text(rule, "name"), Query: Text(rule, "query"), Error: Text(rule, "lastError"))
            )
            .ToArray();

        Assert.Equal(AlertCount(), rules.Length);
        Assert.All(rules, static rule => Assert.Equal("", rule.Error));
        foreach (var metric in rules.SelectMany(static rule => MetricsOf(rule.Query)).Distinct())
            Assert.NotEqual(0, await scene.WaitForAsync(metric));
    }

    [Fact]
    public async Task Promtool_accepts_the_rules()
    {
        var (exitCode, output) = await PrometheusScene.PromtoolAsync("check", "rules", PrometheusScene.Rules);

        Assert.True(exitCode == 0, output);
    }

    [Fact]
    public async Task A_rule_fires_at_its_border_and_not_before()
    {
        var cases = await File.ReadAllTextAsync(
            Repository.PathOf("tests/Identity.IntegrationTests/Hosting/identity.rules.test.yml")
        );
        var file = Path.Combine(Path.GetTempPath(), $"identity-rules-{Guid.NewGuid():N}.yml");
        await File.WriteAllTextAsync(file, cases.Replace("RULES", PrometheusScene.Rules, StringComparison.Ordinal));

        var (exitCode, output) = await PrometheusScene.PromtoolAsync("test", "rules", file);

        File.Delete(file);
        Assert.True(exitCode == 0, output);
    }

    [Fact]
    public async Task Metrics_stand_on_their_own_address_and_nothing_else_does()
    {
        using HttpClient http = new();

        var (onPublic, onOwn, other) = (
            await StatusAsync(new(scene.Provider, "metrics")),
            await StatusAsync(new(scene.Metrics, "metrics")),
            await StatusAsync(new(scene.Metrics, ".well-known/openid-configuration"))
        );

        Assert.Equal((404, 200, 404), (onPublic, onOwn, other));

        async Task<int> StatusAsync(Uri address)
        {
            using var answer = await http.GetAsync(address);
            return (int)answer.StatusCode;
        }
    }

    private static JsonDocument Dashboard() =>
        JsonDocument.Parse(File.ReadAllText(Repository.PathOf("docs/observability/grafana-dashboard.json")));

    private static IEnumerable<string> Targets(JsonElement dashboard) =>
        dashboard
            .GetProperty("panels")
            .EnumerateArray()
            .SelectMany(static panel => panel.GetProperty("targets").EnumerateArray())
            .Select(static target => Text(target, "expr"))
            .Distinct();

    private static int AlertCount() =>
        File.ReadLines(PrometheusScene.Rules).Count(static line => line.Contains("- alert:", StringComparison.Ordinal));

    private static string Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var text) ? text.GetString()! : "";

    private static IEnumerable<string> MetricsOf(string query) =>
        MetricPattern().Matches(query).Select(static match => match.Value);

    [GeneratedRegex(@"\b(identity|http_server)_\w+|\bup\b")]
    private static partial Regex MetricPattern();
}
