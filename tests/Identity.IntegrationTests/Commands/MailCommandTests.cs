using System.Globalization;
using System.Text.Json;
using Identity.IntegrationTests.Mail;
using Identity.Testing;

namespace Identity.IntegrationTests.Commands;

/// <summary>What an operator learns of mail, by the program itself, with a mail server that works, is away or
/// hangs.</summary>
public sealed class MailCommandTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>, IDisposable
{
    private readonly string _folder = IdentityProcess.CreateFolder();

    [Fact]
    public async Task A_mail_server_that_works_is_tried_and_takes_a_test_mail()
    {
        using SmtpServerProcess server = new();
        await server.StartAsync("take");
        var settings = Settings(server);

        var tried = await RunAsync(settings, "mail", "test");
        var doctor = await DoctorAsync(settings);
        Assert.Empty(server.MessageIds);
        var sent = await RunAsync(settings, "mail", "test", "ada@example.com");
        var noAddress = await RunAsync(settings, "mail", "test", "ada");

        Assert.Equal((0, 0, 2), (tried.ExitCode, sent.ExitCode, noAddress.ExitCode));
        Assert.Equal("ok", StateOf(doctor, "the server answers as configured"));
        Assert.Single(server.MessageIds);
    }

    [Theory]
    [InlineData(null, "the mail server cannot be reached")]
    [InlineData("silent", "the mail server did not answer in time")]
    public async Task A_mail_server_that_is_away_or_hangs_is_a_fault_for_the_doctor(string? mode, string says)
    {
        using SmtpServerProcess server = new();
        if (mode is not null)
            await server.StartAsync(mode);

        var doctor = await DoctorAsync(Settings(server));
        var tried = await RunAsync(Settings(server), "mail", "test");

        Assert.Equal("fault", StateOf(doctor, says));
        Assert.Equal(1, tried.ExitCode);
        Assert.Contains(says, tried.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_mail_server_the_doctor_warns_and_names_the_setting()
    {
        var settings = CommandLineTests.Settings(fixture.Database);

        var doctor = await DoctorAsync(settings);
        var tried = await RunAsync(settings, "mail", "test");

        Assert.Equal("warning", StateOf(doctor, "Identity:Mail:Host"));
        Assert.Equal(1, tried.ExitCode);
        Assert.Contains("Identity:Mail:Host", tried.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_waits_is_listed_without_its_words_tried_again_at_a_word_and_known_to_the_doctor()
    {
        var settings = CommandLineTests.Settings(fixture.Database);
        await fixture.Database.ExecuteAsync(
            """
            INSERT INTO idp.mail_outbox (id, kind, recipient_hash, asked_for, content_protected, attempts, last_error,
                created_at, next_attempt_at)
            VALUES (gen_random_uuid(), 'password_reset', sha256('a'), true, 'secret', 3,
                'the mail server cannot be reached', now() - interval '1 hour', now() + interval '1 hour')
            """
        );

        var listed = await RunAsync(settings, "mail", "list", "--state", "queued");
        var sent = await RunAsync(settings, "mail", "list", "--state", "sent");
        var doctor = await DoctorAsync(settings);
        var retried = await RunAsync(settings, "mail", "retry");

        Assert.Contains("password_reset", listed.Output, StringComparison.Ordinal);
        Assert.Contains("the mail server cannot be reached", listed.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", listed.Output, StringComparison.Ordinal);
        Assert.Contains("No mail.", sent.Output, StringComparison.Ordinal);
        Assert.Equal("warning", StateOf(doctor, "mail has been waiting since"));
        Assert.Contains("1 mail is tried again.", retried.Output, StringComparison.Ordinal);
        Assert.True(await fixture.Database.ScalarAsync<bool>("SELECT next_attempt_at <= now() FROM idp.mail_outbox"));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private Dictionary<string, string?> Settings(SmtpServerProcess server) =>
        new(CommandLineTests.Settings(fixture.Database))
        {
            ["Identity__Mail__Host"] = "127.0.0.1",
            ["Identity__Mail__Port"] = server.Port.ToString(CultureInfo.InvariantCulture),
            ["Identity__Mail__Security"] = "None",
            ["Identity__Mail__From"] = "no-reply@id.example.com",
            ["Identity__Mail__Timeout"] = "00:00:02",
        };

    // The issuer is nowhere, which the doctor says as well.
    private async Task<JsonElement> DoctorAsync(Dictionary<string, string?> settings) =>
        JsonElement.Parse((await RunAsync(settings, "doctor", "--json")).Output).GetProperty("findings");

    private static string? StateOf(JsonElement findings, string says) =>
        findings
            .EnumerateArray()
            .Where(one => one.GetProperty("says").GetString()!.Contains(says, StringComparison.Ordinal))
            .Select(static one => one.GetProperty("state").GetString())
            .FirstOrDefault();

    private Task<ProcessResult> RunAsync(Dictionary<string, string?> settings, params string[] arguments) =>
        IdentityProcess.RunAsync(_folder, settings, null, arguments);
}
