using System.Text.Json;
using Identity.Core.Grants;
using Identity.IntegrationTests.Grants;
using Identity.Testing;

namespace Identity.IntegrationTests.Commands;

/// <summary>What an operator sees and does of refresh families, by the program itself over families that the room
/// made.</summary>
public sealed class GrantsCommandTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>, IDisposable
{
    private readonly string _folder = IdentityProcess.CreateFolder();

    [Fact]
    public async Task A_family_is_listed_drawn_and_ended()
    {
        await using GrantScene scene = new(fixture.Database);
        var person = await scene.PersonAsync();
        var email = await scene.ScalarAsync<string>("SELECT email FROM users WHERE id = @id", ("id", person.UserId));
        var granted = await scene.RedeemAsync(person);
        var token = (
            await scene.RotateAsync((await scene.RotateAsync(granted.RefreshToken!)).RefreshToken!)
        ).RefreshToken!;
        var id = granted.Grant.FamilyId.ToString();
        var picture = Path.Combine(_folder, "family.svg");

        var listed = await RunAsync("grants", "list", email!);
        var shown = await RunAsync("grants", "show", id, "--svg", picture);
        var ended = await RunAsync("grants", "end", id, "--json");
        var again = await RunAsync("grants", "end", id);
        var after = await RunAsync("grants", "show", id);

        Assert.Contains(id, listed.Output, StringComparison.Ordinal);
        Assert.Contains("live", listed.Output, StringComparison.Ordinal);
        Assert.Equal(2, Count(shown.Output, "exchanged "));
        Assert.Equal(1, Count(shown.Output, "live until "));
        var svg = System.Xml.Linq.XDocument.Load(picture);
        Assert.Equal(3, svg.Descendants().Count(static element => element.Name.LocalName == "circle"));
        Assert.True(JsonSerializer.Deserialize<JsonElement>(ended.Output).GetProperty("ended").GetBoolean());
        Assert.Contains("over already", again.Output, StringComparison.Ordinal);
        Assert.Contains("admin_revoked", after.Output, StringComparison.Ordinal);
        Assert.Equal(
            GrantRefusal.Revoked,
            GrantScene.Reason(await scene.One.Refresh.RotateAsync(GrantScene.Rotation(token), default))
        );
        Assert.Equal(1, await scene.AuditAsync(person.UserId, "token_revoked"));
        Assert.True(
            await scene.ScalarAsync<bool>("SELECT is_active FROM sessions WHERE id = @id", ("id", person.SessionId))
        );
    }

    [Fact]
    public async Task A_family_with_a_session_of_its_own_ends_with_it()
    {
        await using GrantScene scene = new(fixture.Database);
        var person = await scene.PersonAsync();
        var granted = await scene.RedeemAsync(person, outlives: true);

        var ended = await RunAsync("grants", "end", granted.Grant.FamilyId.ToString());

        Assert.Contains("has ended", ended.Output, StringComparison.Ordinal);
        Assert.Equal(0, await scene.LiveLeavesAsync(granted.Grant.FamilyId));
        Assert.Equal(
            1L,
            await scene.ScalarAsync<long>(
                "SELECT count(*) FROM sessions WHERE user_id = @id AND NOT is_active AND revoked_reason = "
                    + "'admin_revoked' AND client_id IS NOT NULL",
                ("id", person.UserId)
            )
        );
    }

    [Fact]
    public async Task A_personal_access_token_is_listed_and_revoked_once()
    {
        var email = $"{Guid.NewGuid():N}@example.org";
        var user = await RelyingParty.CreateUserAsync(fixture.Database, email);
        var id = await fixture.Database.ScalarAsync<Guid>(
            """
            INSERT INTO idp.personal_access_tokens (id, user_id, token_hash, name, scopes, expires_at)
            VALUES (gen_random_uuid(), @id, sha256(@id::text::bytea), 'Backup', '{orders}', now() + interval '1 day')
            RETURNING id
            """,
            ("id", user)
        );

        var listed = await RunAsync("users", "tokens", email);
        var revoked = await RunAsync("users", "revoke-token", email, id.ToString());
        var again = await RunAsync("users", "revoke-token", email, id.ToString());

        Assert.Contains(id.ToString(), listed.Output, StringComparison.Ordinal);
        Assert.Equal((0, 1), (revoked.ExitCode, again.ExitCode));
        Assert.Equal(
            "1|personal-token.revoke",
            await fixture.Database.ScalarAsync<string>(
                "SELECT concat_ws('|', count(*), max(details ->> 'action')) FROM audit_logs WHERE user_id = @id",
                ("id", user)
            )
        );
    }

    [Theory]
    [InlineData(2, "show", "nonsense")]
    [InlineData(1, "show", "0193a1b2-0000-7000-8000-000000000001")]
    [InlineData(2, "list", "nonsense")]
    [InlineData(1, "list", "nobody@example.com")]
    public async Task What_is_not_there_is_said(int exitCode, string verb, string argument) =>
        Assert.Equal(exitCode, (await RunAsync("grants", verb, argument)).ExitCode);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static int Count(string text, string part) => text.Split(part).Length - 1;

    private Task<ProcessResult> RunAsync(params string[] arguments) =>
        IdentityProcess.RunAsync(_folder, CommandLineTests.Settings(fixture.Database), null, arguments);
}
