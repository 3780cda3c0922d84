using System.Text.Json;
using Identity.Testing;

namespace Identity.IntegrationTests.Commands;

/// <summary>Administration by the command line, as a process.</summary>
public sealed class AdminCommandTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>, IDisposable
{
    private readonly string _folder = IdentityProcess.CreateFolder();

    [Fact]
    public async Task The_first_administrator_is_added_and_the_last_one_stays()
    {
        await RunAsync("users", "add", "ada@example.com");

        var added = await RunAsync("admins", "add", "ada@example.com");
        var unknown = await RunAsync("admins", "add", "ada@example.com", "--role", "identity-owner");
        var listed = JsonElement.Parse((await RunAsync("admins", "list", "--json")).Output);
        var removed = await RunAsync("admins", "remove", "ada@example.com");

        Assert.Equal((0, 1, 1), (added.ExitCode, unknown.ExitCode, removed.ExitCode));
        Assert.Contains("does not exist", unknown.Error, StringComparison.Ordinal);
        Assert.Equal("identity-admin", Assert.Single(listed.EnumerateArray()).GetProperty("role").GetString());
        Assert.Contains("nobody who administers", removed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Roles_groups_attributes_and_claims_are_managed()
    {
        await RunAsync("users", "add", "eve@example.com");

        string[][] commands =
        [
            ["roles", "add", "editor", "--client", "shop", "--description", "Edits"],
            ["roles", "change", "editor", "--client", "shop", "--name", "writer"],
            ["roles", "grant", "writer", "eve@example.com", "--client", "shop"],
            ["groups", "add", "The team"],
            ["groups", "add-member", "the team", "eve@example.com"],
            ["groups", "grant", "The team", "writer", "--client", "shop"],
            ["attributes", "define", "floor", "--type", "integer", "--label", "en=Floor"],
            ["attributes", "set", "eve@example.com", "floor", "7"],
            ["claims", "map", "floor", "--scope", "profile", "--source", "attribute:floor", "--in", "userinfo"],
        ];
        foreach (var command in commands)
        {
            var result = await RunAsync(command);
            Assert.True(result.ExitCode == 0, $"{string.Join(' ', command)}: {result.Error}");
        }
        var members = await RunAsync("groups", "members", "The team");
        var mapping = JsonElement.Parse((await RunAsync("claims", "list", "--json")).Output)[0];
        var wrongValue = await RunAsync("attributes", "set", "eve@example.com", "floor", "high");
        var withoutYes = await RunAsync("groups", "remove", "The team");
        string[][] endings =
        [
            ["claims", "remove", mapping.GetProperty("id").GetString()!],
            ["attributes", "remove", "floor", "--yes"],
            ["groups", "remove", "The team", "--yes"],
            ["roles", "remove", "writer", "--client", "shop", "--yes"],
        ];
        foreach (var command in endings)
            Assert.Equal(0, (await RunAsync(command)).ExitCode);

        Assert.Contains("eve@example.com", members.Output, StringComparison.Ordinal);
        Assert.Equal("attribute", mapping.GetProperty("source").GetString());
        Assert.Equal((2, 2), (wrongValue.ExitCode, withoutYes.ExitCode));
        Assert.Equal(
            0L,
            await fixture.Database.ScalarAsync<long>(
                """
                SELECT (SELECT count(*) FROM idp.user_groups) + (SELECT count(*) FROM idp.user_attributes)
                    + (SELECT count(*) FROM idp.claim_mappings) + (SELECT count(*) FROM idp.group_roles)
                    + (SELECT count(*) FROM idp.roles WHERE NOT is_built_in)
                """
            )
        );
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private Task<ProcessResult> RunAsync(params string[] arguments) =>
        IdentityProcess.RunAsync(_folder, CommandLineTests.Settings(fixture.Database), null, arguments);
}
