using System.Text.Json;
using Identity.Core.Administration;
using Identity.Core.Import.Users;
using Identity.Core.Users;
using Identity.IntegrationTests.Administration;
using Identity.Testing;

namespace Identity.IntegrationTests.Import;

/// <summary>What an import does with accounts that are there, and with roles, groups and attributes.</summary>
public sealed class UserUpdateTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    private const string OldHash = "{SSHA256}VSYtV+YTK0o5PFgE1nB8uHnfPt1+ULtvqmLzdx92hXu6F4IwhlCqVQ==";

    [Fact]
    public async Task An_update_writes_what_differs_and_leaves_what_the_file_leaves_out()
    {
        await using var rooms = new Rooms(fixture.Database);
        var (changed, same) = (await rooms.UserAsync(), await rooms.UserAsync());
        string[] lines =
        [
            $$"""{"email":"{{changed.Email.ToUpperInvariant()}}","nickname":"Addie","email_verified":false}""",
            $$"""{"id":"{{same.Id}}","email":"{{same.Email}}","name":"{{same.Name}}"}""",
        ];

        var rehearsed = await ImportAsync(rooms, UserImportUpdate.Fields, true, lines);
        var before = await ColumnsAsync(changed);
        var done = await ImportAsync(rooms, UserImportUpdate.Fields, false, lines);
        var again = await ImportAsync(rooms, UserImportUpdate.Fields, false, lines);

        Assert.Equal($"{changed.Email}|Ada||true", before);
        Assert.Equal((1L, 1L), (rehearsed.Updated, rehearsed.Present));
        Assert.Equal((1L, 1L, 0L), (done.Updated, done.Present, done.Refused));
        Assert.Equal((0L, 2L), (again.Updated, again.Present));
        Assert.Equal($"{changed.Email}|Ada|Addie|true", await ColumnsAsync(changed));
        Assert.Equal(
            "[\"nickname\"]",
            await fixture.Database.ScalarAsync<string>(
                "SELECT details ->> 'fields' FROM audit_logs WHERE user_id = @id AND event_type = 'profile_changed'",
                ("id", changed.Id)
            )
        );
    }

    [Fact]
    public async Task A_password_is_replaced_only_where_it_is_asked_and_that_ends_sessions()
    {
        await using var rooms = new Rooms(fixture.Database);
        var user = await rooms.UserAsync();
        await StartSessionAsync(user);
        var line = $$"""{"email":"{{user.Email}}","password_hash":"{{OldHash}}"}""";

        var kept = await ImportAsync(rooms, UserImportUpdate.Fields, false, line);
        var sessions = await LiveSessionsAsync(user);
        var replaced = await ImportAsync(rooms, UserImportUpdate.FieldsAndPasswords, false, line);

        Assert.Equal((0L, 1L, 1L), (kept.Updated, sessions, replaced.Updated));
        Assert.Equal(0, await LiveSessionsAsync(user));
        Assert.Equal(
            OldHash,
            await fixture.Database.ScalarAsync<string>(
                "SELECT password_hash FROM users WHERE id = @id AND credential_version > 0",
                ("id", user.Id)
            )
        );
    }

    [Fact]
    public async Task Somebody_whom_the_file_disables_is_signed_out()
    {
        await using var rooms = new Rooms(fixture.Database);
        var user = await rooms.UserAsync();
        await StartSessionAsync(user);

        await ImportAsync(rooms, UserImportUpdate.Fields, false, $$"""{"email":"{{user.Email}}","disabled":true}""");

        Assert.Equal(0, await LiveSessionsAsync(user));
        Assert.True((await rooms.Get<UserStore>().FindAsync(user.Id, default))!.IsDisabled);
    }

    [Fact]
    public async Task An_administrator_is_never_changed_and_an_address_never_moves()
    {
        await using AdminScene scene = new(fixture.Database);
        var admin = await scene.PersonAsync(AdminRole.Support);
        var other = await scene.PersonAsync();
        List<RefusedRow> refused = [];

        var result = await ImportAsync(
            scene.Rooms,
            UserImportUpdate.FieldsAndPasswords,
            false,
            [
                $$"""{"email":"{{admin.Email}}","password_hash":"{{OldHash}}","name":"Mallory"}""",
                $$"""{"id":"{{other.Id}}","email":"mallory@moved.example"}""",
            ],
            refused.Add
        );

        Assert.Equal((0L, 2L), (result.Updated, result.Refused));
        Assert.Contains(
            refused,
            static row => row.Line == 1 && row.Reason.Contains("administrative", StringComparison.Ordinal)
        );
        Assert.Equal($"{admin.Email}|Ada||true", await ColumnsAsync(admin));
        Assert.Equal($"{other.Email}|Ada||true", await ColumnsAsync(other));
    }

    [Fact]
    public async Task Roles_groups_and_attributes_come_with_new_people_and_with_an_update()
    {
        await using AdminScene scene = new(fixture.Database);
        var (role, group) = (await scene.NewRoleAsync(), await scene.NewGroupAsync());
        await fixture.Database.ExecuteAsync(
            """
            INSERT INTO idp.attribute_definitions (name, value_type, labels, visible_to, editable_by)
            VALUES ('floor', 'integer', '{}', 'person', 'administrator') ON CONFLICT DO NOTHING
            """
        );
        var present = await scene.PersonAsync();
        string Row(string email, int floor) =>
            JsonSerializer.Serialize(
                new
                {
                    email,
                    roles = new[] { role.Name },
                    groups = new[] { group.Name },
                    attributes = new { x = 1, floor },
                }
            );

        var added = await ImportAsync(scene.Rooms, UserImportUpdate.None, false, Row("new@joined.example", 3));
        var left = await ImportAsync(scene.Rooms, UserImportUpdate.None, false, Row(present.Email, 3));
        var untouched = await HeldAsync(present.Email);
        var updated = await ImportAsync(scene.Rooms, UserImportUpdate.Fields, false, Row(present.Email, 3));
        var dry = await ImportAsync(scene.Rooms, UserImportUpdate.Fields, true, Row(present.Email, 4));

        Assert.Equal((1L, 1L, 1L, 1L), (added.Added, left.Present, updated.Updated, dry.Updated));
        Assert.Equal("0|0|", untouched);
        Assert.Equal("1|1|3", await HeldAsync("new@joined.example"));
        Assert.Equal("1|1|3", await HeldAsync(present.Email));
        Assert.Equal(
            3,
            await fixture.Database.ScalarAsync<long>(
                "SELECT count(*) FROM audit_logs WHERE user_id = @id AND details ? 'import'",
                ("id", present.Id)
            )
        );
    }

    [Theory]
    [InlineData("\"roles\":[\"no-such-role\"]")]
    [InlineData("\"roles\":[\"identity-admin\"]")]
    [InlineData("\"roles\":\"identity-admin\"")]
    [InlineData("\"roles\":[{}]")]
    [InlineData("\"groups\":[\"Nowhere\"]")]
    public async Task A_row_that_names_what_it_may_not_give_is_refused(string member)
    {
        await using var rooms = new Rooms(fixture.Database);

        var result = await ImportAsync(
            rooms,
            UserImportUpdate.Fields,
            false,
            $$"""{"email":"{{Guid.NewGuid():N}}@refused.example",{{member}}}"""
        );

        Assert.Equal((0L, 1L), (result.Added, result.Refused));
    }

    [Fact]
    public async Task A_CSV_file_has_roles_groups_and_attributes_too()
    {
        await using AdminScene scene = new(fixture.Database);
        var (one, two) = (await scene.NewRoleAsync(), await scene.NewRoleAsync());
        await fixture.Database.ExecuteAsync(
            """
            INSERT INTO idp.attribute_definitions (name, value_type, labels, visible_to, editable_by)
            VALUES ('floor', 'integer', '{}', 'person', 'administrator') ON CONFLICT DO NOTHING
            """
        );
        var file = $"email,roles,attribute.floor\ncsv@joined.example,{one.Name}|{two.Name},7\n";

        var result = await UserImportTests.ImportAsync(scene.Rooms, UserImportTests.Bytes(file), UserFileFormat.Csv);

        Assert.Equal(1, result.Total.Added);
        Assert.Equal("2|0|7", await HeldAsync("csv@joined.example"));
    }

    private static async Task<UserImportProgress> ImportAsync(
        Rooms rooms,
        UserImportUpdate update,
        bool dryRun,
        params string[] lines
    ) => await ImportAsync(rooms, update, dryRun, lines, null);

    private static async Task<UserImportProgress> ImportAsync(
        Rooms rooms,
        UserImportUpdate update,
        bool dryRun,
        string[] lines,
        Action<RefusedRow>? refused
    ) =>
        (
            await UserImportTests.ImportAsync(
                rooms,
                UserImportTests.Bytes(string.Join('\n', lines)),
                UserFileFormat.JsonLines,
                new("test", Update: update),
                dryRun,
                refused
            )
        ).Total;

    private Task<string?> ColumnsAsync(UserAccount user) =>
        fixture.Database.ScalarAsync<string>(
            "SELECT concat_ws('|', email, name, coalesce(nickname, ''), email_verified::text) FROM users "
                + "WHERE id = @id",
            ("id", user.Id)
        );

    private Task<string?> HeldAsync(string email) =>
        fixture.Database.ScalarAsync<string>(
            """
            SELECT concat_ws('|', (SELECT count(*) FROM idp.user_roles h WHERE h.user_id = u.id),
                (SELECT count(*) FROM idp.user_groups m WHERE m.user_id = u.id),
                coalesce((SELECT value::text FROM idp.user_attributes a WHERE a.user_id = u.id AND name = 'floor'), ''))
            FROM users u WHERE email = @email
            """,
            ("email", email)
        );

    private Task<int> StartSessionAsync(UserAccount user) =>
        fixture.Database.ExecuteAsync(
            "INSERT INTO sessions (user_id, token_hash, expires_at) VALUES (@id, sha256(@id::text::bytea), "
                + "now() + interval '1 hour')",
            ("id", user.Id)
        );

    private Task<long> LiveSessionsAsync(UserAccount user) =>
        fixture.Database.ScalarAsync<long>(
            "SELECT count(*) FROM sessions WHERE user_id = @id AND is_active",
            ("id", user.Id)
        );
}
