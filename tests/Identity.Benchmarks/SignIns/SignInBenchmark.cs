using System.Diagnostics;
using System.Globalization;
using System.Net;
using Identity.Core.Passwords;
using Identity.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.Benchmarks.SignIns;

/// <summary>
/// Many people press "Sign in" at once, while clients go on with discovery and refresh and others open the sign-in
/// page. The real program over HTTP on loopback, with a real PostgreSQL; every answer is checked. How many sign-ins
/// succeed and how long they waited, and what the others notice of it.
/// </summary>
internal static class SignInBenchmark
{
    internal const string Password = "Correct-Horse-7-battery";
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(5);

    public static async Task<int> RunAsync(string[] arguments)
    {
        var people = Option(arguments, "--people", 200);
        await using var database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        await using var host = await IdentityHost.StartAsync(database, TestClients.Settings);
        await AddPeopleAsync(host, database, people);
        using var probes = await Probes.StartAsync(host, database);

        await Console.Out.WriteLineAsync($"{Environment.ProcessorCount} cores, {people} sign-ins at once");
        using (var quiet = new CancellationTokenSource(Quiet))
            await probes.ReportAsync("quiet", quiet.Token);

        var forms = await OpenFormsAsync(host, people);
        using var over = new CancellationTokenSource();
        var meanwhile = probes.ReportAsync("flood", over.Token);
        var answers = await Task.WhenAll(forms.Select(static (form, number) => form.SendAsync(number, Password)));
        await over.CancelAsync();
        await meanwhile;
        await ReportAsync(answers);
        foreach (var form in forms)
            form.Dispose();
        return 0;
    }

    internal static async Task AddPeopleAsync(IdentityHost host, TestDatabase database, int people)
    {
        if (!PlainTextPassword.TryCreate(Password, out var password))
            throw new InvalidOperationException("The password of the benchmark is none.");
        // One hash for all: what is measured is comparing it.
        var hash = host.Services.GetRequiredService<PasswordHasher>().Hash(password);
        await database.ExecuteAsync(
            """
            INSERT INTO users (email, email_verified, password_hash, password_changed_at)
            SELECT 'person' || n || '@example.org', true, @hash, now() FROM generate_series(0, @last) AS n
            """,
            ("hash", hash.Value),
            ("last", people - 1)
        );
    }

    private static async Task<SignInForm[]> OpenFormsAsync(IdentityHost host, int people)
    {
        var forms = new SignInForm[people];
        for (var person = 0; person < people; person++)
            forms[person] = await SignInForm.OpenAsync(host);
        return forms;
    }

    private static async Task ReportAsync(IReadOnlyList<SignInAnswer> answers)
    {
        var signedIn = answers.Where(static answer => answer.Status == HttpStatusCode.SeeOther).ToArray();
        var turnedAway = answers.Where(static answer => answer.Status == HttpStatusCode.ServiceUnavailable).ToArray();
        await Console.Out.WriteLineAsync(Line("signed in", [.. signedIn.Select(static answer => answer.Took)]));
        await Console.Out.WriteLineAsync(Line("turned away", [.. turnedAway.Select(static answer => answer.Took)]));
    }

    /// <summary>A row of the table: how many, and their median, 99th percentile and longest time.</summary>
    internal static string Line(string name, double[] milliseconds)
    {
        Array.Sort(milliseconds);
        double At(double share) =>
            milliseconds.Length == 0 ? 0 : milliseconds[(int)Math.Ceiling(share * milliseconds.Length) - 1];
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {name} | {milliseconds.Length} | {At(0.5):F0} ms | {At(0.99):F0} ms | {At(1):F0} ms |"
        );
    }

    internal static async Task<(T Answer, double Milliseconds)> TimeAsync<T>(Func<Task<T>> call)
    {
        var began = Stopwatch.GetTimestamp();
        var answer = await call();
        return (answer, Stopwatch.GetElapsedTime(began).TotalMilliseconds);
    }

    private static int Option(string[] arguments, string name, int fallback) =>
        Array.IndexOf(arguments, name) is >= 0 and var at && at + 1 < arguments.Length
            ? int.Parse(arguments[at + 1], CultureInfo.InvariantCulture)
            : fallback;
}

/// <summary>What became of one sign-in.</summary>
internal readonly record struct SignInAnswer(HttpStatusCode Status, double Took);

/// <summary>A browser with the form open before the clock starts.</summary>
internal sealed class SignInForm : IDisposable
{
    private readonly PageBrowser _browser;
    private readonly VisitedPage _page;

    private SignInForm(PageBrowser browser, VisitedPage page) => (_browser, _page) = (browser, page);

    public static async Task<SignInForm> OpenAsync(IdentityHost host)
    {
        var browser = new PageBrowser(host);
        return new(browser, await browser.GetAsync("/sign-in"));
    }

    /// <summary>Sends it: signed in, or turned away with the time to come back. Anything else ends the run.</summary>
    public async Task<SignInAnswer> SendAsync(int person, string password)
    {
        var (answer, took) = await SignInBenchmark.TimeAsync(() =>
            _browser.SubmitAsync(_page, [("Input.Email", $"person{person}@example.org"), ("Input.Password", password)])
        );
        var isRight = answer.Status switch
        {
            HttpStatusCode.SeeOther => _browser.Cookie("__Host-identity") is not null,
            HttpStatusCode.ServiceUnavailable => answer.Header("Retry-After") is not null,
            _ => false,
        };
        return isRight
            ? new(answer.Status, took)
            : throw new InvalidOperationException(
                $"Sign-in of person {person} answered {answer.Status}: {answer.Text}"
            );
    }

    public void Dispose() => _browser.Dispose();
}
