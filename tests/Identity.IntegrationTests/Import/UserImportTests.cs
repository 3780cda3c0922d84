using System.Text;
using System.Text.Json;
using Identity.Core.Administration;
using Identity.Core.Import.Users;
using Identity.Core.Recovery;
using Identity.Core.Users;
using Identity.IntegrationTests.Administration;
using Identity.Testing;

namespace Identity.IntegrationTests.Import;

public sealed class UserImportTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    private const string Full =
        "{\"id\":\"6f1c2a57-8a6e-4b63-9d0a-0b6c3e3e6d11\",\"email\":\"full@import.example\","
        + "\"email_verified\":true,"
        + "\"password_hash\":\"{SSHA256}VSYtV+YTK0o5PFgE1nB8uHnfPt1+ULtvqmLzdx92hXu6F4IwhlCqVQ==\","
        + "\"password_changed_at\":\"2024-02-03T04:05:06Z\",\"disabled\":true,"
        + "\"last_login_at\":\"2025-01-02T03:04:05Z\",\"created_at\":\"2020-05-06T07:08:09Z\","
        + "\"phone_number_verified\":true,\"address\":{\"locality\":\"Kyiv\"},"
        + "\"name\":\"Зоя Ковальчук\",\"given_name\":\"Зоя\",\"family_name\":\"Ковальчук\","
        + "\"middle_name\":\"M\",\"nickname\":\"zoja\",\"preferred_username\":\"zoya\","
        + "\"profile\":\"https://example.org/p\",\"picture\":\"https://example.org/i.png\","
        + "\"website\":\"https://example.org\",\"gender\":\"female\",\"birthdate\":\"1990-01-02\","
        + "\"zoneinfo\":\"Europe/Kyiv\",\"locale\":\"uk\",\"phone_number\":\"+380441234567\"}";

    [Fact]
    public async Task A_person_is_imported_with_everything_and_exported_without_loss()
    {
        await using var rooms = new Rooms(fixture.Database);

        var first = await ImportAsync(rooms, Full);
        var exported = await ExportAsync(rooms, withHashes: true);
        var line = exported.Single(static line => line.Contains("full@import.example", StringComparison.Ordinal));
        await fixture.Database.ExecuteAsync("DELETE FROM users WHERE email = 'full@import.example'");
        var second = await ImportAsync(rooms, line);
        var again = (await ExportAsync(rooms, withHashes: true)).Single(static line =>
            line.Contains("full@import.example", StringComparison.Ordinal)
        );
        var without = await ExportAsync(rooms, withHashes: false);

        Assert.Equal((1, 1), (first.Total.Added, second.Total.Added));
        Assert.True(
            JsonElement.DeepEquals(JsonDocument.Parse(Full).RootElement, JsonDocument.Parse(Plain(line)).RootElement),
            line
        );
        Assert.Equal(line, again);
        Assert.DoesNotContain(without, static line => line.Contains("password_hash", StringComparison.Ordinal));

        // Times come back with an offset instead of Z.
        static string Plain(string line) => line.Replace("+00:00", "Z", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Roles_groups_and_attributes_are_exported_and_imported_without_loss()
    {
        await using AdminScene scene = new(fixture.Database);
        var person = await scene.PersonAsync(AdminRole.Support);
        await fixture.Database.ExecuteAsync(
            """
            INSERT INTO idp.roles (name, client_id) VALUES ('traveller', NULL), ('clerk', 'shop');
            INSERT INTO idp.groups (name) VALUES ('Walkers, "west"'), ('Operators of the round trip');
            INSERT INTO idp.attribute_definitions (name, value_type, labels, visible_to, editable_by)
                SELECT 'trip_' || t, t, '{}', 'administrator', 'administrator'
                FROM unnest(ARRAY['text', 'integer', 'boolean', 'date']) t
            """
        );
        await fixture.Database.ExecuteAsync(
            """
            INSERT INTO idp.group_roles (group_id, role_id) SELECT g.id, r.id FROM idp.groups g, idp.roles r
                WHERE g.name = 'Operators of the round trip' AND r.name = 'identity-auditor';
            INSERT INTO idp.user_roles (user_id, role_id)
                SELECT u.id, r.id FROM users u, idp.roles r
                WHERE u.email = @email AND r.name IN ('traveller', 'clerk');
            INSERT INTO idp.user_groups (user_id, group_id) SELECT u.id, g.id FROM users u, idp.groups g
                WHERE u.email = @email AND g.name IN ('Walkers, "west"', 'Operators of the round trip');
            INSERT INTO idp.user_attributes (user_id, name, value)
                SELECT u.id, v.name, v.value::jsonb FROM users u, (VALUES ('trip_text', '"true \u00e9 \"x\""'),
                    ('trip_integer', '-7'), ('trip_boolean', 'false'), ('trip_date', '"2026-11-29"')) v (name, value)
                WHERE u.email = @email
            """.Replace("@email", $"'{person.Email}'", StringComparison.Ordinal)
        );

        var before = await LineOfAsync(scene.Rooms, person.Email);
        await fixture.Database.ExecuteAsync("DELETE FROM users WHERE id = @id", ("id", person.Id));
        var result = await ImportAsync(scene.Rooms, before);
        var after = await LineOfAsync(scene.Rooms, person.Email);

        Assert.Equal((1L, 0L), (result.Total.Added, result.Total.Refused));
        Assert.Equal(before, after);
        var json = JsonElement.Parse(after);
        Assert.Equal(["traveller", "shop:clerk"], NamesOf(json, "roles"));
        Assert.Equal(["Walkers, \"west\""], NamesOf(json, "groups"));
        Assert.Equal(4, json.GetProperty("attributes").EnumerateObject().Count());
        Assert.Equal(-7, json.GetProperty("attributes").GetProperty("trip_integer").GetInt32());

        static string[] NamesOf(JsonElement json, string member) =>
            [.. json.GetProperty(member).EnumerateArray().Select(static one => one.GetString()!)];
    }

    [Fact]
    public async Task A_second_import_leaves_what_is_there_and_adds_the_rest()
    {
        await using var rooms = new Rooms(fixture.Database);
        var present = await rooms.UserAsync();
        string[] lines =
        [
            $$"""{"email":"{{present.Email.ToUpperInvariant()}}","name":"Somebody else"}""",
            """{"id":"old-17","email":"first@again.example"}""",
        ];

        var once = await ImportAsync(rooms, lines);
        var twice = await ImportAsync(rooms, [.. lines, """{"id":"old-18","email":"second@again.example"}"""]);

        Assert.Equal((1L, 1L, 0L), (once.Total.Added, once.Total.Present, once.Total.Refused));
        Assert.Equal((1L, 2L, 0L), (twice.Total.Added, twice.Total.Present, twice.Total.Refused));
        Assert.Equal("Ada", (await rooms.Get<UserStore>().FindAsync(present.Id, default))!.Name);
    }

    [Fact]
    public async Task An_import_that_breaks_off_goes_on_where_it_stopped_when_it_is_started_again()
    {
        await using var rooms = new Rooms(fixture.Database);
        var lines = string.Join(
            '\n',
            Enumerable.Range(0, 12_000).Select(n => $$"""{"email":"{{n}}@resume.example"}""")
        );
        using CancellationTokenSource stop = new();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            rooms
                .Get<UserImporter>()
                .ImportAsync(
                    Bytes(lines),
                    UserFileFormat.JsonLines,
                    new("test"),
                    dryRun: false,
                    Rooms.Stranger,
                    _ => stop.Cancel(),
                    static _ => { },
                    stop.Token
                )
        );
        var rest = await ImportAsync(rooms, lines);

        Assert.Equal((7_000L, 5_000L), (rest.Total.Added, rest.Total.Present));
        Assert.Equal(
            12_000,
            await fixture.Database.ScalarAsync<long>("SELECT count(*) FROM users WHERE email LIKE '%@resume.example'")
        );
    }

    [Fact]
    public async Task Two_imports_of_one_file_at_once_make_each_account_once()
    {
        await using var rooms = new Rooms(fixture.Database);
        var lines = string.Join('\n', Enumerable.Range(0, 3_000).Select(n => $$"""{"email":"{{n}}@race.example"}"""));

        var both = await Task.WhenAll(ImportAsync(rooms, lines), ImportAsync(rooms, lines));

        Assert.Equal(3_000, both.Sum(static one => one.Total.Added));
        Assert.Equal(3_000, both.Sum(static one => one.Total.Present));
        Assert.Equal(0, both.Sum(static one => one.Total.Refused));
    }

    [Fact]
    public async Task Hostile_rows_are_refused_with_a_reason_and_the_others_are_taken()
    {
        await using var rooms = new Rooms(fixture.Database);
        byte[] file =
        [
            .. "{\"email\":\"good1@hostile.example\"}\n"u8,
            .. "{\"email\":\"\xC3\x28@hostile.example\"}\n"u8,
            .. new byte[] { (byte)'{', 0xFF, 0xFE, (byte)'}', (byte)'\n' },
            .. Encoding.UTF8.GetBytes(
                $$"""{"email":"long@hostile.example","name":"{{new string('x', 70_000)}}"}""" + "\n"
            ),
            .. "{\"email\":\"bell@hostile.example\",\"name\":\"a\\u0007b\"}\n"u8,
            .. "{\"email\":\"half@hostile.example\",\"name\":\"\\ud800\"}\n"u8,
            .. "{\"email\":\"twice@hostile.example\",\"email\":\"other@hostile.example\"}\n"u8,
            .. "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\n"u8,
            .. "{\"email\":\"GOOD1@hostile.example\"}\n"u8,
            .. "{\"email\":\"costly@hostile.example\","u8,
            .. "\"password_hash\":\"$2b$31$abcdefghijklmnopqrstuuVBq2DOYc2.khoT1SLYY4tN57eX8u6oW\"}\n"u8,
            .. "{\"email\":\"time@hostile.example\",\"created_at\":99999999999999999}\n"u8,
            .. "\n"u8,
            .. "not json\n"u8,
            .. "{\"email\":\"good2@hostile.example\"}"u8,
        ];
        List<RefusedRow> refused = [];

        var result = await ImportAsync(rooms, new MemoryStream(file), UserFileFormat.JsonLines, refused: refused.Add);

        Assert.Equal(2, result.Total.Added);
        Assert.Equal([2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13], refused.Select(static row => row.Line));
        Assert.All(
            refused,
            static row => Assert.DoesNotContain("hostile.example", row.Reason, StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task An_id_or_an_address_of_another_account_is_refused()
    {
        await using var rooms = new Rooms(fixture.Database);
        var (one, two) = (await rooms.UserAsync(), await rooms.UserAsync());
        List<RefusedRow> refused = [];

        var result = await ImportAsync(
            rooms,
            Bytes(
                $$"""
                {"id":"{{one.Id}}","email":"stolen@conflict.example"}
                {"id":"{{one.Id}}","email":"{{two.Email}}"}
                {"id":"{{Guid.NewGuid()}}","email":"{{one.Email}}"}
                """
            ),
            UserFileFormat.JsonLines,
            refused: refused.Add
        );

        Assert.Equal((0L, 3L), (result.Total.Added, result.Total.Refused));
        Assert.Contains(
            refused,
            static row => row.Line == 1 && row.Reason.Contains("another account", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task A_dry_run_counts_the_same_and_writes_nothing()
    {
        await using var rooms = new Rooms(fixture.Database);
        var present = await rooms.UserAsync();
        var before = await fixture.Database.ScalarAsync<string>(
            "SELECT (SELECT count(*) FROM users) || ' ' || (SELECT count(*) FROM audit_logs)"
        );
        var lines = $$"""
            {"email":"{{present.Email}}"}
            {"email":"dry@dry.example"}
            {"email":"no address"}
            """;

        var result = await ImportAsync(rooms, Bytes(lines), UserFileFormat.JsonLines, dryRun: true);

        Assert.Equal(new UserImportProgress(3, 1, 1, 1, result.Total.Bytes), result.Total);
        Assert.Equal(
            before,
            await fixture.Database.ScalarAsync<string>(
                "SELECT (SELECT count(*) FROM users) || ' ' || (SELECT count(*) FROM audit_logs)"
            )
        );
    }

    [Fact]
    public async Task Every_account_and_the_import_have_an_audit_row_each()
    {
        await using var rooms = new Rooms(fixture.Database);

        var result = await ImportAsync(
            rooms,
            """{"email":"a@audited.example"}""",
            """{"email":"b@audited.example"}""",
            """{"email":"bad"}"""
        );

        Assert.Equal(
            2,
            await fixture.Database.ScalarAsync<long>(
                "SELECT count(*) FROM audit_logs a JOIN users u ON u.id = a.user_id WHERE event_type = 'registration' "
                    + "AND details->>'import' = @id",
                ("id", result.ImportId.ToString("D"))
            )
        );
        Assert.Equal(
            "2 0 1",
            await fixture.Database.ScalarAsync<string>(
                "SELECT (details->>'added') || ' ' || (details->>'present') || ' ' || (details->>'refused') "
                    + "FROM audit_logs "
                    + "WHERE event_type = 'users_imported' AND details->>'import' = @id",
                ("id", result.ImportId.ToString("D"))
            )
        );
    }

    [Fact]
    public async Task Times_of_the_future_become_the_present_so_that_a_reset_link_works()
    {
        await using var rooms = new Rooms(fixture.Database);
        const string Hash = "{SSHA256}VSYtV+YTK0o5PFgE1nB8uHnfPt1+ULtvqmLzdx92hXu6F4IwhlCqVQ==";
        await ImportAsync(
            rooms,
            $$"""{"email":"a@future.example","password_hash":"{{Hash}}","created_at":"2190-01-01T00:00:00Z"}""",
            $$"""{"email":"b@future.example","password_hash":"{{Hash}}","password_changed_at":"7000000000"}""",
            """{"email":"c@future.example","last_login_at":"9999-12-31T23:59:59.9999999Z"}""",
            """{"email":"d@future.example","created_at":"0001-01-01T00:00:00Z"}"""
        );
        var recovery = rooms.Get<PasswordRecovery>();
        await recovery.RequestAsync("a@future.example", "en", Rooms.Stranger, default);

        var reset = await recovery.ResetAsync(
            await rooms.TokenAsync("a@future.example", "password_reset"),
            Rooms.Typed("Another-Horse-8-battery"),
            Rooms.Stranger,
            default
        );

        Assert.IsType<PasswordResetResult.Done>(reset);
        Assert.Equal(
            0,
            await fixture.Database.ScalarAsync<long>(
                """
                SELECT count(*) FROM users WHERE email LIKE '%@future.example' AND NOT (created_at
                    BETWEEN now() - interval '1 hour' AND now()
                    AND coalesce(password_changed_at, now()) <= now() AND coalesce(last_login_at, now()) <= now())
                """
            )
        );
    }

    internal static Task<UserImportResult.Finished> ImportAsync(Rooms rooms, params string[] lines) =>
        ImportAsync(rooms, Bytes(string.Join('\n', lines)), UserFileFormat.JsonLines);

    internal static async Task<UserImportResult.Finished> ImportAsync(
        Rooms rooms,
        Stream file,
        UserFileFormat format,
        UserImportSettings? settings = null,
        bool dryRun = false,
        Action<RefusedRow>? refused = null
    ) =>
        Assert.IsType<UserImportResult.Finished>(
            await rooms
                .Get<UserImporter>()
                .ImportAsync(
                    file,
                    format,
                    settings ?? new("test"),
                    dryRun,
                    Rooms.Stranger,
                    static _ => { },
                    refused ?? (static _ => { }),
                    default
                )
        );

    internal static MemoryStream Bytes(string text) => new(Encoding.UTF8.GetBytes(text));

    private static async Task<string> LineOfAsync(Rooms rooms, string email) =>
        (await ExportAsync(rooms, withHashes: true)).Single(line => line.Contains(email, StringComparison.Ordinal));

    private static async Task<string[]> ExportAsync(Rooms rooms, bool withHashes)
    {
        using MemoryStream file = new();
        await rooms.Get<UserExporter>().ExportAsync(file, withHashes, Rooms.Stranger, default);
        return Encoding.UTF8.GetString(file.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
