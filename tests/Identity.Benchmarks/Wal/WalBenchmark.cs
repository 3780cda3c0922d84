using System.Globalization;
using System.Net;
using Identity.Benchmarks.SignIns;
using Identity.Testing;
using Npgsql;

namespace Identity.Benchmarks.Wal;

/// <summary>
/// How many bytes of WAL a request writes: the real program over HTTP, one caller, after a checkpoint and a warm-up, so
/// that the whole pages after the checkpoint are not counted. Every answer is checked.
/// </summary>
internal static class WalBenchmark
{
    private const int People = 60;
    private const int Codes = 300;
    private const int Refreshes = 2_000;

    public static async Task<int> RunAsync()
    {
        await using var database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        await using var host = await IdentityHost.StartAsync(database, TestClients.Settings);
        await using var super = NpgsqlDataSource.Create(database.SuperUserConnectionString);
        await SignInBenchmark.AddPeopleAsync(host, database, People);
        using RelyingParty party = new(host);
        await party.SignInAsync(await RelyingParty.CreateUserAsync(database, "client@example.org"));

        var codes = new string[Codes];
        await MeasureAsync(super, "authorize, live session", Codes, async n => codes[n] = await CodeAsync(party));
        var token = "";
        await MeasureAsync(
            super,
            "code exchange",
            Codes,
            async n => token = Token(await party.SendAsync(Exchange(party, codes[n])))
        );
        await MeasureAsync(super, "refresh", Refreshes, async _ => token = Token(await party.RefreshAsync(token)));

        var forms = new SignInForm[People];
        for (var person = 0; person < People; person++)
            forms[person] = await SignInForm.OpenAsync(host);
        await MeasureAsync(
            super,
            "sign-in by password",
            People,
            async n =>
            {
                var answer = await forms[n].SendAsync(n, SignInBenchmark.Password);
                if (answer.Status != HttpStatusCode.SeeOther)
                    throw new InvalidOperationException($"Person {n} was not signed in.");
            }
        );
        foreach (var form in forms)
            form.Dispose();
        return 0;
    }

    // The party makes a verifier for each.
    private static async Task<string> CodeAsync(RelyingParty party)
    {
        var answer = await party.AuthorizeAsync("openid offline_access api");
        return $"{answer["code"]} {party.Verifier}";
    }

    private static HttpRequestMessage Exchange(RelyingParty party, string codeAndVerifier)
    {
        var parts = codeAndVerifier.Split(' ');
        return party.Post(
            "/connect/token",
            ("grant_type", "authorization_code"),
            ("code", parts[0]),
            ("redirect_uri", party.RedirectUri),
            ("code_verifier", parts[1])
        );
    }

    private static string Token(Answer answer) =>
        answer.RefreshToken ?? throw new InvalidOperationException($"No refresh token but {answer.Text}");

    // The first third warms up.
    private static async Task MeasureAsync(NpgsqlDataSource super, string name, int count, Func<int, Task> call)
    {
        await using (var checkpoint = super.CreateCommand("CHECKPOINT"))
            await checkpoint.ExecuteNonQueryAsync();
        var counted = count - (count / 3);
        for (var n = 0; n < count - counted; n++)
            await call(n);
        var (bytes, records, pages) = await ReadAsync(super);
        for (var n = count - counted; n < count; n++)
            await call(n);
        var (bytesAfter, recordsAfter, pagesAfter) = await ReadAsync(super);
        await Console.Out.WriteLineAsync(
            string.Create(
                CultureInfo.InvariantCulture,
                $"| {name} | {counted} | {(bytesAfter - bytes) / counted:F0} bytes "
                    + $"| {(recordsAfter - records) / (double)counted:F1} records "
                    + $"| {(pagesAfter - pages) / (double)counted:F2} whole pages |"
            )
        );
    }

    private static async Task<(decimal Bytes, long Records, long Pages)> ReadAsync(NpgsqlDataSource super)
    {
        // Each backend reports its part when it is idle.
        await Task.Delay(TimeSpan.FromSeconds(1.5));
        await using var command = super.CreateCommand(
            "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0'), wal_records, wal_fpi FROM pg_stat_wal"
        );
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        return (reader.GetDecimal(0), reader.GetInt64(1), reader.GetInt64(2));
    }
}
