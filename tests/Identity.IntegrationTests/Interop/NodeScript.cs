using System.Text.RegularExpressions;
using Identity.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.IntegrationTests.Interop;

/// <summary>One run of a script of <c>tests/interop</c> over one provider: an independent client against the real host,
/// each of its tests to be reported by itself.</summary>
public abstract partial class NodeScript : IAsyncLifetime
{
    /// <summary>The text of each test's failure, empty for one that passed.</summary>
    private readonly Dictionary<string, string> _results = new(StringComparer.Ordinal);
    private string _output = "";

    /// <summary>The file.</summary>
    protected abstract string Script { get; }

    /// <summary>What runs it. It prints the Test Anything Protocol.</summary>
    protected virtual string Program => "node";

    /// <inheritdoc cref="Program" />
    protected virtual string[] Arguments => ["--test", "--test-reporter=tap", Script];

    /// <summary>Where the relying party would listen.</summary>
    protected Uri RelyingParty { get; } = new($"http://localhost:{ConfiguredProvider.FreePort()}/");

    /// <summary>The clients, and whatever else the provider must know.</summary>
    protected abstract Dictionary<string, string?> Settings { get; }

    /// <summary>What the script reads from its environment, beside the issuer and the person.</summary>
    protected abstract IEnumerable<KeyValuePair<string, string>> Environment { get; }

    /// <summary>Replaces a service of the provider.</summary>
    protected virtual void Replace(IServiceCollection services) { }

    /// <summary>What runs beside the provider while the script does; null for nothing.</summary>
    protected virtual Task<IAsyncDisposable?> StartBesideAsync(string issuer) =>
        Task.FromResult<IAsyncDisposable?>(null);

    /// <summary>The names of a script's tests, as its text has them.</summary>
    public static TheoryData<string> NamesIn(string script)
    {
        TheoryData<string> names = [];
        foreach (Match test in TestName().Matches(File.ReadAllText(Path.Combine(NodePackages.Folder, script))))
            names.Add(test.Groups["name"].Value);
        return names;
    }

    /// <summary>Fails as the script's test did.</summary>
    public void AssertPassed(string name)
    {
        Assert.True(
            _results.TryGetValue(name, out var result),
            $"The run did not come to this test:{System.Environment.NewLine}{_output}"
        );
        Assert.True(result is "", result);
    }

    public virtual async Task InitializeAsync()
    {
        await NodePackages.InstalledAsync();
        await using var database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        await using var provider = await ConfiguredProvider.StartAsync(database, Settings, Replace);
        await using var beside = await StartBesideAsync(provider.Host.Issuer);
        var user = await provider.AddUserAsync();
        Dictionary<string, string> environment = new()
        {
            ["ISSUER"] = provider.Host.Issuer,
            ["EMAIL"] = user.Email,
            ["PASSWORD"] = ConfiguredProvider.Password,
            ["REDIRECT_URI"] = At("callback"),
            ["API_SCOPE"] = "api",
        };
        foreach (var (name, value) in Environment)
            environment[name] = value;
        (_, _output) = await NodePackages.RunAsync(Program, Arguments, environment);
        Read(_output);
    }

    public virtual Task DisposeAsync() => Task.CompletedTask;

    /// <summary>An address of the relying party.</summary>
    protected string At(string path) => new Uri(RelyingParty, path).AbsoluteUri;

    // TAP: "ok 1 - name" or "not ok 1 - name", with what it has to say indented below.
    private void Read(string tap)
    {
        var points = Point().Matches(tap).ToList();
        for (var i = 0; i < points.Count; i++)
        {
            var point = points[i];
            var end = i + 1 < points.Count ? points[i + 1].Index : tap.Length;
            _results[point.Groups["name"].Value] = point.Groups["not"].Success ? tap[point.Index..end] : "";
        }
    }

    [GeneratedRegex("^test\\('(?<name>[^']+)'", RegexOptions.Multiline)]
    private static partial Regex TestName();

    [GeneratedRegex("^ *(?<not>not )?ok \\d+ - (?<name>.+?)\\r?$", RegexOptions.Multiline)]
    private static partial Regex Point();
}
