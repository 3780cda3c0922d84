using System.Text.Json;
using Identity.Testing;

namespace Identity.IntegrationTests.Commands;

/// <summary>The command line as a process: what it says, where, and how it ends.</summary>
public sealed class CommandLineTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>, IDisposable
{
    private readonly string _folder = IdentityProcess.CreateFolder();

    [Fact]
    public async Task Every_command_has_help_that_shows_how()
    {
        var root = await RunAsync(null, "--help");

        Assert.Equal(0, root.ExitCode);
        foreach (
            var command in new[]
            {
                "serve",
                "migrate",
                "doctor",
                "ready",
                "config",
                "users",
                "bulk",
                "admins",
                "roles",
                "groups",
                "attributes",
                "claims",
                "clients",
                "scopes",
                "grants",
                "explain",
                "keys",
                "logout",
                "mail",
                "maintenance",
                "audit",
            }
        )
        {
            Assert.Contains($"  {command}", root.Output, StringComparison.Ordinal);
            var help = await RunAsync(null, command, "--help");
            Assert.Equal(0, help.ExitCode);
            if (command != "config")
                Assert.Contains("Example: identity ", help.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_person_is_added_found_locked_unlocked_switched_off_and_removed()
    {
        var added = await JsonAsync(
            null,
            "users",
            "add",
            "ada@example.com",
            "--name",
            "Ada Lovelace",
            "--verified",
            "--json"
        );
        var again = await RunAsync(null, "users", "add", "ADA@example.com");
        await RunAsync(null, "users", "lock", "ada@example.com", "--minutes", "5");
        var locked = await JsonAsync(null, "users", "show", "ada@example.com", "--json");
        await RunAsync(null, "users", "unlock", "ada@example.com");
        await RunAsync(null, "users", "deactivate", "ada@example.com");
        var listed = await RunAsync(null, "users", "list", "--search", "lovelace");
        var withoutYes = await RunAsync(null, "users", "remove", "ada@example.com");
        var removed = await RunAsync(null, "users", "erase", "ada@example.com", "--yes");
        var gone = await RunAsync(null, "users", "show", "ada@example.com");

        Assert.Equal(19, added.GetProperty("password").GetString()!.Length);
        Assert.Equal(
            (1, "has an account already"),
            (
                again.ExitCode,
                again.Error.Contains("has an account already", StringComparison.Ordinal)
                    ? "has an account already"
                    : again.Error
            )
        );
        Assert.Equal(JsonValueKind.String, locked.GetProperty("user").GetProperty("lockedUntil").ValueKind);
        Assert.Contains("disabled", listed.Output, StringComparison.Ordinal);
        Assert.Equal((2, 0, 1), (withoutYes.ExitCode, removed.ExitCode, gone.ExitCode));
        Assert.Contains("has no account", gone.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_password_comes_by_the_standard_input_is_judged_and_never_shown()
    {
        var weak = await RunAsync("password1\n", "users", "add", "bob@example.com", "--password-stdin");
        var good = await RunAsync(
            "Purple-Otter-93-Lantern\n",
            "users",
            "add",
            "bob@example.com",
            "--password-stdin",
            "--json"
        );

        Assert.Equal(1, weak.ExitCode);
        Assert.Contains("The password policy refuses it", weak.Error, StringComparison.Ordinal);
        Assert.Equal(0, good.ExitCode);
        Assert.DoesNotContain("Purple", good.Output + good.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_is_added_with_a_secret_that_is_shown_once_and_rotated()
    {
        var added = await JsonAsync(
            null,
            "clients",
            "add",
            "shop",
            "--redirect-uri",
            "https://shop.example.com/cb",
            "--scope",
            "openid",
            "--scope",
            "offline_access",
            "--json"
        );
        var taken = await RunAsync(null, "clients", "add", "shop", "--redirect-uri", "https://shop.example.com/cb");
        var shown = await RunAsync(null, "clients", "show", "shop");
        var rotated = await JsonAsync(null, "clients", "rotate-secret", "shop", "--json");
        var wrong = await RunAsync(null, "clients", "add", "evil", "--redirect-uri", "http://evil.example.com/cb");
        var removed = await RunAsync(null, "clients", "remove", "shop", "--yes");
        var gone = await RunAsync(null, "clients", "show", "shop");

        var (first, second) = (added.GetProperty("secret").GetString()!, rotated.GetProperty("secret").GetString()!);
        Assert.Equal((43, 43), (first.Length, second.Length));
        Assert.NotEqual(first, second);
        Assert.DoesNotContain(first, shown.Output, StringComparison.Ordinal);
        Assert.Equal(
            0,
            await fixture.Database.ScalarAsync<long>(
                "SELECT count(*) FROM idp.clients WHERE definition::text LIKE @secret",
                ("secret", $"%{second}%")
            )
        );
        Assert.Contains("refresh_token", shown.Output, StringComparison.Ordinal);
        Assert.Equal((2, 2, 0, 1), (taken.ExitCode, wrong.ExitCode, removed.ExitCode, gone.ExitCode));
        Assert.Contains("is plain http on a host that is not loopback", wrong.Error, StringComparison.Ordinal);
        Assert.Equal(
            "client_added client_secret_rotated client_removed",
            await fixture.Database.ScalarAsync<string>(
                """
                SELECT string_agg(event_type, ' ' ORDER BY created_at) FROM public.audit_logs
                    WHERE details ->> 'client_id' = 'shop' AND user_agent LIKE 'identity command line%'
                """
            )
        );
    }

    [Fact]
    public async Task A_token_for_the_registration_of_clients_is_shown_once_and_counts_its_uses()
    {
        var made = await JsonAsync(null, "clients", "registration-token", "--uses", "3", "--hours", "2", "--json");
        var wrong = await RunAsync(null, "clients", "registration-token", "--uses", "0");

        Assert.Equal((43, 2), (made.GetProperty("token").GetString()!.Length, wrong.ExitCode));
        Assert.Equal(
            3,
            await fixture.Database.ScalarAsync<int>(
                "SELECT uses_left FROM idp.registration_tokens WHERE expires_at BETWEEN now() + interval '1 hour' AND "
                    + "now() + interval '3 hours'"
            )
        );
        Assert.Equal(
            1L,
            await fixture.Database.ScalarAsync<long>(
                "SELECT count(*) FROM public.audit_logs WHERE event_type = 'registration_token_created'"
            )
        );
    }

    [Fact]
    public async Task Keys_are_announced_activated_retired_and_exported_without_their_private_halves()
    {
        var made = await JsonAsync(null, "keys", "rotate", "--now", "--json");
        var announced = await RunAsync(null, "keys", "rotate", "ES256");
        var listed = await JsonAsync(null, "keys", "list", "--json");
        var exported = await JsonAsync(null, "keys", "export");
        var kid = made.EnumerateArray()
            .First(static key => key.GetProperty("algorithm").GetString() == "ES256")
            .GetProperty("kid")
            .GetString()!;
        var retired = await RunAsync(null, "keys", "retire", kid);
        var (unknown, unkept) = (
            await RunAsync(null, "keys", "retire", "nobody"),
            await RunAsync(null, "keys", "rotate", "HS256")
        );

        Assert.Equal(2, made.GetArrayLength());
        Assert.Equal(
            ["active", "announced"],
            listed
                .EnumerateArray()
                .Where(static key => key.GetProperty("algorithm").GetString() == "ES256")
                .Select(static key => key.GetProperty("state").GetString())
                .Order()
        );
        Assert.Equal(3, exported.GetProperty("keys").GetArrayLength());
        Assert.DoesNotContain(
            exported.GetProperty("keys").EnumerateArray(),
            static key => key.TryGetProperty("d", out _)
        );
        Assert.Equal((0, 0, 1, 2), (announced.ExitCode, retired.ExitCode, unknown.ExitCode, unkept.ExitCode));
    }

    [Fact]
    public async Task Jobs_audit_and_doctor_answer_programs()
    {
        var jobs = await JsonAsync(null, "maintenance", "--json");
        var job = await JsonAsync(null, "maintenance", "sessions", "--json");
        var noJob = await RunAsync(null, "maintenance", "everything");
        await RunAsync(null, "users", "add", "eve@example.com");
        var tail = await JsonAsync(null, "audit", "tail", "--count", "1", "--json");
        var doctor = await JsonAsync(null, "doctor", "--offline", "--json");

        Assert.True(jobs.GetArrayLength() >= 5);
        Assert.Equal("sessions", job[0].GetProperty("job").GetString());
        Assert.Equal(2, noJob.ExitCode);
        Assert.Equal("success", tail.GetProperty("status").GetString());
        Assert.True(doctor.GetProperty("ok").GetBoolean());
        Assert.Contains(
            doctor.GetProperty("findings").EnumerateArray(),
            static one =>
                one.GetProperty("check").GetString() == "roles" && one.GetProperty("state").GetString() == "ok"
        );
    }

    [Fact]
    public async Task Migrations_are_tried_applied_and_taken_back()
    {
        await using var empty = await (await PostgresCluster.GetAsync()).CreateEmptyDatabaseAsync();
        var settings = Settings(empty);

        var behind = await RunWithAsync(settings, null, "migrate", "status");
        var tried = await RunWithAsync(settings, null, "migrate", "up", "--dry-run");
        var early = await RunWithAsync(settings, null, "users", "list");
        var up = await RunWithAsync(settings, null, "migrate", "up");
        var current = await RunWithAsync(settings, null, "migrate", "status");
        var withoutYes = await RunWithAsync(settings, null, "migrate", "down", "--to", "0");
        var down = await RunWithAsync(settings, null, "migrate", "down", "--to", "0", "--yes");

        Assert.Equal(
            (1, 0, 1, 0, 0, 2, 0),
            (
                behind.ExitCode,
                tried.ExitCode,
                early.ExitCode,
                up.ExitCode,
                current.ExitCode,
                withoutYes.ExitCode,
                down.ExitCode
            )
        );
        Assert.Contains("Would apply 001_initial_schema", tried.Output, StringComparison.Ordinal);
        Assert.Contains("identity migrate up", early.Error, StringComparison.Ordinal);
        Assert.Equal(
            0,
            await empty.ScalarAsync<long>("SELECT count(*) FROM pg_tables WHERE schemaname IN ('public', 'idp')")
        );
    }

    [Fact]
    public async Task What_is_wrong_goes_to_the_error_stream_with_its_exit_code()
    {
        var nonsense = await RunAsync(null, "userz", "list");
        var missing = await RunAsync(null, "users", "add");
        var unreachable = await RunWithAsync(
            new()
            {
                ["ConnectionStrings__Identity"] =
                    $"Host=127.0.0.1;Port={IdentityProcess.FreePort()};Username=x;Password=sesame-open",
                ["Identity__Issuer"] = "https://id.example.com",
                ["Identity__Keys__MasterKey"] = MasterKey,
            },
            null,
            "users",
            "list"
        );
        var unanswered = await RunAsync(null, "ready", "--url", $"http://localhost:{IdentityProcess.FreePort()}");

        Assert.Equal((2, 2, 3, 3), (nonsense.ExitCode, missing.ExitCode, unreachable.ExitCode, unanswered.ExitCode));
        foreach (var result in new[] { nonsense, missing, unreachable, unanswered })
        {
            Assert.Equal("", result.Output);
            Assert.NotEqual("", result.Error);
            Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
            Assert.DoesNotContain("sesame", result.Error, StringComparison.Ordinal);
        }
    }

    /// <inheritdoc />
    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private const string MasterKey = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    internal static Dictionary<string, string?> Settings(TestDatabase database) =>
        new()
        {
            ["ConnectionStrings__Identity"] = database.ConnectionString,
            ["ConnectionStrings__IdentityMigrations"] = database.OwnerConnectionString,
            ["Identity__Issuer"] = "https://id.example.com",
            ["Identity__Keys__MasterKey"] = MasterKey,
        };

    private Task<ProcessResult> RunAsync(string? input, params string[] arguments) =>
        RunWithAsync(Settings(fixture.Database), input, arguments);

    private Task<ProcessResult> RunWithAsync(
        Dictionary<string, string?> settings,
        string? input,
        params string[] arguments
    ) => IdentityProcess.RunAsync(_folder, settings, input, arguments);

    private async Task<JsonElement> JsonAsync(string? input, params string[] arguments)
    {
        var result = await RunAsync(input, arguments);
        Assert.True(
            result.ExitCode == 0,
            $"{string.Join(' ', arguments)} ended with {result.ExitCode}: {result.Error}{result.Output}"
        );
        return JsonDocument.Parse(result.Output).RootElement.Clone();
    }
}
