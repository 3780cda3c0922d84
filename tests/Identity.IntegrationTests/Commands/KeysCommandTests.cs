using System.Security.Cryptography;
using Identity.Testing;

namespace Identity.IntegrationTests.Commands;

/// <summary><c>identity keys</c> and <c>identity logout</c> as an operator has them.</summary>
public sealed class KeysCommandTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>, IDisposable
{
    private readonly string _folder = IdentityProcess.CreateFolder();

    [Fact]
    public async Task Public_halves_come_as_PEM_and_everything_is_closed_anew_with_a_new_master_key()
    {
        var settings = CommandLineTests.Settings(fixture.Database);
        await RunAsync(settings, "keys", "rotate", "--now");
        var pem = await RunAsync(settings, "keys", "export", "--pem");
        var former = settings["Identity__Keys__MasterKey"];
        settings["Identity__Keys__MasterKey"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
        settings["Identity__Keys__PreviousMasterKeys__0"] = former;

        var rewrapped = await RunAsync(settings, "keys", "rewrap");
        var again = await RunAsync(settings, "keys", "rewrap");
        settings.Remove("Identity__Keys__PreviousMasterKeys__0");
        var listed = await RunAsync(settings, "keys", "export");

        using var rsa = RSA.Create();
        using var curve = ECDsa.Create();
        rsa.ImportFromPem(Part(pem, "RS256"));
        curve.ImportFromPem(Part(pem, "ES256"));
        Assert.DoesNotContain("PRIVATE", pem, StringComparison.Ordinal);
        Assert.Contains(": 2 signing keys, ", rewrapped, StringComparison.Ordinal);
        Assert.Contains(
            ": 0 signing keys, 0 cookie keys, 0 authenticator app secrets",
            again,
            StringComparison.Ordinal
        );
        Assert.Contains("\"keys\"", listed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_ledger_of_logout_is_listed_and_a_line_that_is_none_is_said_to_be_none()
    {
        await fixture.Database.ExecuteAsync(
            """
            INSERT INTO idp.logout_deliveries (session_id, user_id, client_id, reason, attempts, last_status,
                last_error, abandoned_at)
            VALUES (gen_random_uuid(), gen_random_uuid(), 'shop', 'logout', 9, 500, 'the client answered with an error',
                now())
            """
        );

        var listed = await RunAsync(CommandLineTests.Settings(fixture.Database), "logout", "list", "--client", "shop");
        var id = await fixture.Database.ScalarAsync<Guid>("SELECT id FROM idp.logout_deliveries");
        var retried = await RunAsync(CommandLineTests.Settings(fixture.Database), "logout", "retry", id.ToString());
        var waiting = await RunAsync(CommandLineTests.Settings(fixture.Database), "logout", "list", "--waiting");
        var none = await IdentityProcess.RunAsync(
            _folder,
            CommandLineTests.Settings(fixture.Database),
            null,
            "logout",
            "retry",
            Guid.NewGuid().ToString()
        );

        Assert.Contains("given up", listed, StringComparison.Ordinal);
        Assert.Contains("the client answered with an error", listed, StringComparison.Ordinal);
        Assert.Equal("It is tried again.", retried.Trim());
        Assert.Contains("next try", waiting, StringComparison.Ordinal);
        Assert.Equal(1, none.ExitCode);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string Part(string pem, string algorithm) =>
        pem.Split("# ").First(part => part.Split('\n')[0].TrimEnd().EndsWith(algorithm, StringComparison.Ordinal));

    private async Task<string> RunAsync(Dictionary<string, string?> settings, params string[] arguments)
    {
        var result = await IdentityProcess.RunAsync(_folder, settings, null, arguments);
        Assert.True(result.ExitCode == 0, $"{string.Join(' ', arguments)}: {result.Error}{result.Output}");
        return result.Output;
    }
}
