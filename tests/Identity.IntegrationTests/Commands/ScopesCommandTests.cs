using Identity.Testing;

namespace Identity.IntegrationTests.Commands;

/// <summary>Scopes and faulty clients on the command line, by the program itself.</summary>
public sealed class ScopesCommandTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>, IDisposable
{
    private readonly string _folder = IdentityProcess.CreateFolder();

    [Fact]
    public async Task A_scope_with_a_colon_is_added_for_a_client_and_stays_while_that_names_it()
    {
        var added = await RunAsync([], "scopes", "add", "urn:example:orders", "--resource", "https://orders.example");
        var twice = await RunAsync([], "scopes", "add", "urn:example:orders");
        var client = await RunAsync(
            [],
            "clients",
            "add",
            "nightly",
            "--profile",
            "Service",
            "--scope",
            "urn:example:orders"
        );
        var listed = await RunAsync([], "scopes", "list");
        var kept = await RunAsync([], "scopes", "remove", "urn:example:orders", "--yes");
        var changed = await RunAsync([], "clients", "set", "nightly", "Scopes=", "Name=Nightly");
        var removed = await RunAsync([], "scopes", "remove", "urn:example:orders", "--yes");

        Assert.Equal(
            (0, 2, 0, 2, 0, 0),
            (added.ExitCode, twice.ExitCode, client.ExitCode, kept.ExitCode, changed.ExitCode, removed.ExitCode)
        );
        Assert.Contains("https://orders.example", listed.Output, StringComparison.Ordinal);
        Assert.Contains("nightly", kept.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stored_client_whose_scope_has_gone_is_listed_as_faulty_with_the_reason()
    {
        (string, string) scope = ("Identity__Scopes__read__Name", "api:read");
        string[] add = ["clients", "add", "broken", "--redirect-uri", "https://broken.example/cb"];
        await RunAsync([scope], [.. add, "--scope", "openid", "--scope", "api:read"]);

        var listed = await RunAsync([], "clients", "list");
        var shown = await RunAsync([], "clients", "show", "broken");
        var again = await RunAsync([], add);
        var rotated = await RunAsync([], "clients", "rotate-secret", "broken");

        Assert.Matches("broken .*FAULTY.*'api:read' is not a scope", listed.Output);
        Assert.Equal((0, 1, 2, 2), (listed.ExitCode, shown.ExitCode, again.ExitCode, rotated.ExitCode));
        Assert.Contains("'api:read' is not a scope", shown.Error, StringComparison.Ordinal);
        Assert.Contains("already", again.Error, StringComparison.Ordinal);
        Assert.Contains("'api:read' is not a scope", rotated.Error, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private Task<ProcessResult> RunAsync((string Name, string Value)[] more, params string[] arguments)
    {
        Dictionary<string, string?> settings = new(CommandLineTests.Settings(fixture.Database));
        foreach (var (name, value) in more)
            settings[name] = value;
        return IdentityProcess.RunAsync(_folder, settings, null, arguments);
    }
}
