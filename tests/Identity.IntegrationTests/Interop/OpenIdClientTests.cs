using System.Text.RegularExpressions;
using Identity.Testing;

namespace Identity.IntegrationTests.Interop;

/// <summary>Runs <c>tests/interop/openid-client.test.mjs</c>: an independent client against the real host, each of its tests reported by itself.</summary>
public sealed partial class OpenIdClientTests(OpenIdClientTests.Run run) : IClassFixture<OpenIdClientTests.Run>
{
    private const string Script = "openid-client.test.mjs";

    public static TheoryData<string> Names()
    {
        TheoryData<string> names = [];
        foreach (Match test in TestName().Matches(File.ReadAllText(Path.Combine(NodePackages.Folder, Script))))
            names.Add(test.Groups["name"].Value);
        return names;
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Npm_openid_client(string name)
    {
        Assert.True(run.Results.TryGetValue(name, out var result), $"The run did not come to this test:{Environment.NewLine}{run.Output}");
        Assert.True(result is "", result);
    }

    [GeneratedRegex("^test\\('(?<name>[^']+)'", RegexOptions.Multiline)]
    private static partial Regex TestName();

    /// <summary>One run of the script over one provider.</summary>
    public sealed partial class Run : IAsyncLifetime
    {
        /// <summary>The text of each test's failure, empty for one that passed.</summary>
        public Dictionary<string, string> Results { get; } = new(StringComparer.Ordinal);

        /// <summary>Everything that the script wrote.</summary>
        public string Output { get; private set; } = "";

        public async Task InitializeAsync()
        {
            await NodePackages.InstalledAsync();
            await using var database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
            var relyingParty = new Uri($"http://localhost:{ConfiguredProvider.FreePort()}/");
            var secret = ConfiguredProvider.NewSecret();
            await using var provider = await ConfiguredProvider.StartAsync(database, ConfiguredProvider.WebClient("interop", secret, relyingParty, "callback", "bye"));
            var user = await provider.AddUserAsync();

            (_, Output) = await NodePackages.RunAsync("node", ["--test", "--test-reporter=tap", Script], new Dictionary<string, string>
            {
                ["ISSUER"] = provider.Issuer.AbsoluteUri,
                ["CLIENT_ID"] = "interop",
                ["CLIENT_SECRET"] = secret,
                ["REDIRECT_URI"] = new Uri(relyingParty, "callback").AbsoluteUri,
                ["POST_LOGOUT_URI"] = new Uri(relyingParty, "bye").AbsoluteUri,
                ["API_SCOPE"] = "api",
                ["EMAIL"] = user.Email,
                ["PASSWORD"] = ConfiguredProvider.Password,
            });
            Read(Output);
        }

        public Task DisposeAsync() => Task.CompletedTask;

        // TAP: "ok 1 - name" or "not ok 1 - name", with what it has to say indented below.
        private void Read(string tap)
        {
            var points = Point().Matches(tap).ToList();
            for (var i = 0; i < points.Count; i++)
            {
                var point = points[i];
                var end = i + 1 < points.Count ? points[i + 1].Index : tap.Length;
                Results[point.Groups["name"].Value] = point.Groups["not"].Success ? tap[point.Index..end] : "";
            }
        }

        [GeneratedRegex("^ *(?<not>not )?ok \\d+ - (?<name>.+?)\\r?$", RegexOptions.Multiline)]
        private static partial Regex Point();
    }
}
